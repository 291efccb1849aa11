"""Figures over many proposals."""
