"""What is fuzzed: each target takes bytes and must read or refuse them; anything else is a bug."""

from __future__ import annotations

import importlib
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from ikz_workflow.definition import Source, read
from ikz_workflow.documents import reading
from ikz_workflow.documents.changes import changes
from ikz_workflow.errors import IkzError
from ikz_workflow.exchange.municipalities import read_directory
from ikz_workflow.exchange.sheets import read_table
from ikz_workflow.exchange.survey_form import COLUMNS

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
RAW = 255  # as first byte: what follows is the file itself, else the part of a good file that is put in its place


@cache
def catalogues() -> dict[str, str]:
    folder = ROOT / "workflows" / "catalogue"
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.toml")}


def workflow(data: bytes) -> None:
    """Read a workflow without catalogues (that is quick), or a catalogue in place of the shipped one (first byte)."""
    names = sorted(catalogues())
    text = data[1:].decode("utf-8", errors="replace")
    with suppress(IkzError):
        if data and data[0] < len(names):
            read(Source("probe.toml", "", {names[data[0]]: text}))
        else:
            read(Source("probe.toml", text, {}))


@cache
def survey_parts() -> dict[str, bytes]:
    book, out = Workbook(), io.BytesIO()
    for row in (["Titel", "OE", "Anzahl"], ["Bauhof", "FB 23", 5], ["=1+1", "x", 1.5]):
        book.active.append(row)
    book.save(out)
    return parts_of(out.getvalue())


@cache
def document_parts() -> dict[str, bytes]:
    return parts_of((ROOT / "templates" / "design.docx").read_bytes())


def parts_of(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put_into(parts: dict[str, bytes], data: bytes) -> bytes:
    """Return the bytes as a file, or a good file with one part replaced by them."""
    if not data or data[0] == RAW:
        return data[1:]
    return packed({**parts, sorted(parts)[data[0] % len(parts)]: data[1:]})


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def survey(data: bytes) -> None:
    """Read answers to the survey from a workbook or CSV file."""
    with suppress(IkzError):
        read_table("antworten.xlsx", put_into(survey_parts(), data), COLUMNS)


def directory(data: bytes) -> None:
    """Read the official Gemeindeverzeichnis."""
    with suppress(IkzError):
        read_directory("gv.asc", data)


def document(data: bytes) -> None:
    """Let a Word file in, read it in every way there is, and compare it with a good one."""
    file = put_into(document_parts(), data)
    with suppress(IkzError):
        reading.inspected(file)
        reading.as_text(file)
        reading.open_points(file)
        changes(good_document(), file)


@cache
def good_document() -> bytes:
    return (ROOT / "templates" / "design.docx").read_bytes()


@cache
def pruefer() -> Any:
    sys.path.append(str(ROOT / "docs"))
    return importlib.import_module("pruefer")


def verifier(data: bytes) -> None:
    """Check a history as the auditor's own checker does: before the first 0x00 the export, after it a checkpoint."""
    lines, _mark, note = data.partition(b"\x00")
    with suppress(ValueError, pruefer().Finding):
        points = [pruefer().read_checkpoint(note, "x")] if note else []
        pruefer().check(lines.splitlines(keepends=True), points)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "workflow": workflow,
    "survey": survey,
    "directory": directory,
    "document": document,
    "verifier": verifier,
}


def seeds(name: str) -> Iterator[bytes]:
    """Yield good bytes to begin with."""
    if name == "workflow":
        for path in sorted((ROOT / "workflows").glob("*.toml")):
            yield bytes([RAW]) + path.read_bytes()
        for number, text in enumerate(text for _name, text in sorted(catalogues().items())):
            yield bytes([number]) + text.encode()
    elif name in ("survey", "document"):
        parts = survey_parts() if name == "survey" else document_parts()
        for number, (_part, content) in enumerate(sorted(parts.items())):
            yield bytes([number]) + content
        yield bytes([RAW]) + packed(parts)
        yield bytes([RAW]) + 'Titel;OE;Thema\r\n"Bau""hof";FB 23;\r\n'.encode("utf-8-sig")
        yield bytes([RAW]) + "Titel\tOE\r\nBauhof\tFB 23\r\n".encode("utf-16")
    elif name == "directory":
        county, city = "40201809301508300000041", "60201809301508302000163"
        for kind, line in (("10", "1020180930150000000000"), ("40", county), ("60", city)):
            name = {"10": "Sachsen-Anhalt", "40": "Börde", "60": "Barleben"}[kind]
            yield f"{line[:22].ljust(22)}{name:<50}{'Haldensleben':<50}{kind}".ljust(
                139
            ).encode() + b"00000009000".ljust(81)
    else:
        yield honest_export() + b"\x00ikz-history/" + b"a" * 32 + b"\n1\n" + b"A" * 43 + b"=\n\n"


def honest_export() -> bytes:
    """Return a short history as it is exported, its chain right."""
    import hashlib

    log = "a" * 32
    previous = hashlib.sha256(f"ikz-genesis-v1\n{log}".encode()).hexdigest()
    lines, last = [], ""
    for seq in (1, 2, 3):
        payload = json.dumps(
            {"at": f"2026-11-22T11:00:0{seq}.000000Z", "previous": last, "seq": seq, "subject": "topic/x", "v": 1,
             "version": seq},
            sort_keys=True, separators=(",", ":"),
        )  # fmt: skip
        sealed = hashlib.sha256(f"ikz-history-v1\n{previous}\n{payload}".encode()).hexdigest()
        lines.append({"seq": seq, "subject": "topic/x", "version": seq, "at": f"2026-11-22T11:00:0{seq}.000000Z",
                      "payload": payload, "prev_hash": previous, "hash": sealed})  # fmt: skip
        previous = last = sealed
    head = {"form": "ikz-history-export-v1", "log": log, "seq": 3, "hash": previous}
    return b"".join(json.dumps(one).encode() + b"\n" for one in (head, *lines))
