"""Throw random bytes at whatever reads files from outside: `make fuzz` searches, the tests replay what it found."""
