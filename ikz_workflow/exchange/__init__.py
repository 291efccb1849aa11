"""Bring data in and out in the forms that offices use."""
