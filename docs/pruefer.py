"""Check a history exported by `ikz export history` without ikz: Python and its standard library alone.

What is checked: positions without a gap, the hash chain from its first link to the end that the export names, the
columns against the payloads, canonical form, the order of each subject's entries, and checkpoints kept elsewhere
(log, number of entries, root of the RFC 6962 tree). Signatures, rules, roles, texts and documents are checked by ikz.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

USAGE = """Aufruf: python pruefer.py VERLAUF.jsonl [PRÜFPUNKT …]
VERLAUF.jsonl schreibt „ikz export history VERLAUF.jsonl“, einen PRÜFPUNKT „ikz checkpoint export DATEI“.
Rückgabewert: 0 der Verlauf stimmt, 1 Befund, 2 eine Datei ist nicht lesbar."""
FORM = "ikz-history-export-v1"
COLUMNS = {"seq": int, "subject": str, "version": int, "at": str, "payload": str, "prev_hash": str, "hash": str}
CHECKPOINT = re.compile(r"ikz-history/([0-9a-f]{32})\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\n")


class Finding(Exception):
    """What does not hold, in a German sentence."""


def require(holds: bool, row: object, text: str) -> None:
    """Raise a finding about a row unless something holds."""
    if not holds:
        raise Finding(f"Eintrag {row}: {text}")


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of bytes laid end to end."""
    return hashlib.sha256(b"".join(parts)).digest()


def read_json(text: bytes) -> dict[str, Any]:
    """Return the object that JSON gives, an empty one for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read_checkpoint(content: bytes, name: str) -> tuple[str, str, int, str]:
    """Return name, log, size and root of a checkpoint; ValueError if it is none. Its signatures are left to ikz."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n").split("\n\n")[0].rstrip("\n") + "\n"
    match = CHECKPOINT.fullmatch(text)
    if match is None:
        raise ValueError(f"{name} ist kein Prüfpunkt.")
    return name, match[1], int(match[2]), match[3]


def check_row(row: dict[str, Any], seq: int, previous: str, subjects: dict[str, tuple[int, str]]) -> str:
    """Check a row against the one before it and against its subject's last one; return its hash."""
    right = {name: type(row.get(name)) for name in COLUMNS} == COLUMNS and len(row) == len(COLUMNS)
    require(right, seq, "Die Zeile hat nicht die Spalten eines Eintrags.")
    require(row["seq"] == seq, row["seq"], f"Im Verlauf fehlen Einträge; erwartet wird {seq}.")
    require(row["prev_hash"] == previous, seq, "Der Eintrag schließt nicht an den vorigen an.")
    payload = row["payload"].encode("utf-8", "surrogatepass")
    sealed = sha256(b"ikz-history-v1\n", previous.encode(), b"\n", payload).hex()
    require(row["hash"] == sealed, seq, "Der Eintrag passt nicht zu seiner Prüfsumme.")
    told = read_json(payload)
    canonical = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    require(canonical == row["payload"], seq, "Der Eintrag steht nicht in kanonischer Form.")
    require(told.get("v") == 1, seq, "Die Form des Eintrags ist unbekannt.")
    same = all(told.get(name) == row[name] for name in ("seq", "subject", "version", "at"))
    require(same, seq, "Die Spalten der Zeile widersprechen dem Eintrag.")
    version, last = subjects.get(row["subject"], (0, ""))
    follows = (row["version"], told.get("previous")) == (version + 1, last)
    require(follows, seq, f"Er folgt nicht auf den vorigen Eintrag zu {row['subject']}.")
    subjects[row["subject"]] = (row["version"], sealed)
    return sealed


def grow(tree: list[tuple[int, bytes]], entry: bytes) -> None:
    """Add an entry to an RFC 6962 tree, kept as its whole subtrees; two of one size become one."""
    size, node = 1, sha256(b"\x00", entry)
    while tree and tree[-1][0] == size:
        size, node = size * 2, sha256(b"\x01", tree.pop()[1], node)
    tree.append((size, node))


def root_of(tree: list[tuple[int, bytes]]) -> str:
    """Return the root of a tree in base64."""
    *nodes, root = [node for _size, node in tree] or [sha256()]
    while nodes:
        root = sha256(b"\x01", nodes.pop(), root)
    return base64.b64encode(root).decode("ascii")


def check(lines: Iterable[bytes], checkpoints: Iterable[tuple[str, str, int, str]] = ()) -> tuple[int, str]:
    """Check an export with its checkpoints; return position and hash of its end. ValueError if it is no export."""
    rows = iter(lines)
    head = read_json(next(rows, b""))
    log, seq, tree = str(head.get("log")), 0, list[tuple[int, bytes]]()
    if head.get("form") != FORM or not re.fullmatch("[0-9a-f]{32}", log):
        raise ValueError("Die Datei ist kein ausgegebener Verlauf (ikz export history).")
    waiting: dict[int, dict[str, str]] = {}
    for name, of, size, root in checkpoints:
        if of != log:
            raise Finding(f"{name}: Der Prüfpunkt gehört zu einem anderen Verlauf.")
        waiting.setdefault(size, {})[name] = root
    previous, subjects = sha256(b"ikz-genesis-v1\n", log.encode()).hex(), dict[str, tuple[int, str]]()
    line: bytes | None = b""
    while line is not None:
        for name, root in waiting.pop(seq, {}).items():
            same = root == root_of(tree)
            require(same, seq, f"{name} sagt etwas anderes: Hier oder davor wurde der Verlauf neu geschrieben.")
        line = next(rows, None)
        if line is not None:
            row = read_json(line)
            previous, seq = check_row(row, seq + 1, previous, subjects), seq + 1
            grow(tree, row["payload"].encode("utf-8", "surrogatepass"))
    ends = (seq, previous) == (head.get("seq"), head.get("hash"))
    require(ends, seq, "Der Verlauf endet anders, als sein Kopf sagt.")
    for size in sorted(waiting):
        raise Finding(f"{min(waiting[size])} kennt {size} Einträge, es gibt {seq}: Der Verlauf wurde gekürzt.")
    return seq, previous


def main(arguments: list[str]) -> int:
    """Check the files named, say what was found, and return the exit code."""
    if not arguments or arguments[0].startswith("-"):
        print(USAGE)
        return 2
    try:
        points = [read_checkpoint(Path(name).read_bytes(), name) for name in arguments[1:]]
        with Path(arguments[0]).open("rb") as lines:
            seq, last = check(lines, points)
    except (OSError, ValueError) as error:
        print(f"Nicht lesbar: {error.filename if isinstance(error, OSError) else error}")
        return 2
    except Finding as error:
        print(f"Befund. {error}")
        return 1
    told = [f"Prüfpunkt {name}: stimmt, Eintrag {size}." for name, _, size, _ in points]
    print(f"Der Verlauf stimmt: {seq} Einträge, Ende {last}.", *told, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
