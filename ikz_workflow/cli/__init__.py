"""Parse, call, print: the command line."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from ikz_workflow.cli.app import run

    run()
