"""Search for bytes that break a reader: `python -m fuzz TARGET SECONDS`, from the folder tests, with atheris.

What breaks it is kept under its hash in cases/TARGET, where the tests replay it from then on.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["ikz_workflow", "openpyxl", "fuzz", "csv", "tomllib", "zipfile", "pruefer"]):
    from fuzz.targets import CASES, TARGETS, seeds

    for good in seeds(sys.argv[1]):  # what loads late is loaded now, else no byte would be guided by it
        TARGETS[sys.argv[1]](good)

MEMORY, SLOWEST, LONGEST = 1500, 25, 200_000  # megabytes; seconds for one input; bytes of one


def main() -> None:
    name, seconds = sys.argv[1], sys.argv[2]
    kept = CASES / name
    kept.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(name)):
            Path(folder, f"seed-{number}").write_bytes(seed)
        options = [
            f"-max_total_time={seconds}",
            f"-rss_limit_mb={MEMORY}",
            f"-timeout={SLOWEST}",
            f"-max_len={LONGEST}",
            "-len_control=0",
            "-keep_seed=1",  # parts of a file that reach the same lines are worth bending all the same
            f"-artifact_prefix={kept}/",
            "-print_final_stats=1",
            "-verbosity=1",
        ]
        atheris.Setup([sys.argv[0], *options, folder, str(kept)], TARGETS[name])
        atheris.Fuzz()


main()
