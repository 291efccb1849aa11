"""Read the shipped workflow with its catalogues, against tomllib alone parsing the same texts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import in_turns
from benchmarks.table import Line
from ikz_workflow.definition import read
from ikz_workflow.services.cases import source_of
from ikz_workflow.services.home import Home


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield the line of a definition read and checked whole."""
    source = source_of(Home(folder, folder / "none.db", "bench"), "kooperation")
    texts = [source.workflow, *source.catalogue.values()]

    def parsed() -> None:
        for text in texts:
            tomllib.loads(text)

    ours, theirs = in_turns(lambda: read(source), parsed, 5 if quick else 30)
    yield Line("definition read and checked", "tomllib, same texts", ours, theirs)
