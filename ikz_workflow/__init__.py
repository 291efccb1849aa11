"""Guide inter-municipal co-operation from an idea to the council vote, with its documents and a provable history."""

__version__ = "0.1.0"
