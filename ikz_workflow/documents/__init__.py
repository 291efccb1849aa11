"""Word documents from text templates; importing this package loads no heavy library."""
