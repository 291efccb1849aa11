"""Run all measurements and print one table: `python -m benchmarks [--quick]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import advancing, loading, many, proving, rendering, scale, server, starting
from benchmarks.table import laid_out, machine


def main() -> None:
    """Measure and print; the exit code says nothing about speed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and a smaller history")
    quick = parser.parse_args().quick
    found = []
    with TemporaryDirectory(prefix="ikz-bench-") as folder:
        for room in (starting, advancing, server, loading, rendering, many, proving, scale):
            for line in room.lines(Path(folder), quick=quick):
                print(f"… {line.what}", file=sys.stderr)
                found.append(line)
    print(machine())
    print(laid_out(found))


if __name__ == "__main__":
    main()
