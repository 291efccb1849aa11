"""Offer the use cases: one function, one transaction."""
