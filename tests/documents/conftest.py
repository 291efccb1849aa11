"""What the tests of the documents room share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ikz_workflow.documents.markdown import compile_template
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.reading import as_text
from ikz_workflow.documents.render import Context, render
from ikz_workflow.documents.values import Stamp, short_hash

FRONT = '+++\nlabel = "Probe"\nkind = "probe"\n+++\n'
FULL_HASH = hashlib.sha256(b"probe").hexdigest()
STAMP = Stamp(
    key="IKZ-2026-0017",
    title="Gemeinsame Vergabestelle",
    kind_label="Zweckvereinbarung",
    version=3,
    position=128,
    short_hash=short_hash(FULL_HASH),
    full_hash=FULL_HASH,
    created=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    author="Stadt A & Partner",
    sample=False,
)


@pytest.fixture(scope="session")
def design() -> Design:
    """Return the shipped design."""
    return Design((Path(__file__).parents[2] / "templates" / "design.docx").read_bytes())


@pytest.fixture(scope="session")
def make(design: Design) -> Callable[..., bytes]:
    """Return a function: template body, context → bytes of the Word file."""

    def made(body: str, context: Context | None = None, stamp: Stamp = STAMP) -> bytes:
        return render(compile_template(FRONT + body, "probe.md.j2"), context or {}, stamp, design)

    return made


@pytest.fixture(scope="session")
def read(make: Callable[..., bytes]) -> Callable[..., str]:
    """Return a function: template body, context → the document as readable text."""
    return lambda body, context=None: as_text(make(body, context))
