"""Parse, call, print: the command line."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    gc.set_threshold(100_000, 20, 20)  # a short process leaves nothing to collect, and importing would be searched
    from ikz_workflow.cli.app import run

    run()
