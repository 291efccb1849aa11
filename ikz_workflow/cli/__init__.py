"""Parse, call, print: the command line."""

from __future__ import annotations

import atexit
import gc


def main() -> None:
    """Run the command line."""
    # What a short process leaves behind the operating system takes back: searching it for cycles while libraries are
    # imported, and once more at the end, would take a quarter of the time of `ikz list`.
    gc.set_threshold(100_000, 20, 20)
    atexit.register(gc.freeze)
    from ikz_workflow.cli.app import run

    run()
