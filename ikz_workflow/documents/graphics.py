"""What a reader sees of pictures, charts and drawings: their words where they have some, else a hash of them."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping

from lxml import etree

from ikz_workflow.documents.guard import Parts

Relations = Mapping[str, tuple[str, str]]  # id → (type, name of the part)

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DRAWING_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_RELATION_ID = "{urn:schemas-microsoft-com:office:office}relid"
# What decides how a chart's numbers read; colours, fonts and sizes are looks, and looks are no text.
_MEANING = frozenset(
    _CHART + name
    for name in ("barDir", "grouping", "delete", "min", "max", "orientation", "builtInUnit", "custUnit", "logBase")
)
_WORDS = frozenset({_CHART + "v", _CHART + "formatCode", DRAWING_TEXT})
_PLACES = frozenset(_CHART + name for name in ("ser", "cat", "val"))
_LOOKS = frozenset({"chartstyle", "chartcolorstyle", "themeoverride"})


def relations_of(parts: Parts, part: str) -> dict[str, tuple[str, str]]:
    """Return the relations of a part by id: the type, and the name of the part each leads to."""
    folder, base = posixpath.split(part)
    listing = f"{folder}/_rels/{base}.rels".lstrip("/")
    if listing not in parts:
        return {}
    return {
        str(entry.get("Id")): (
            str(entry.get("Type")),
            posixpath.normpath(posixpath.join("/" + folder, str(entry.get("Target")))).lstrip("/").casefold(),
        )
        for entry in parts.tree(listing).iter(_RELATIONSHIP)
    }


def referred(element: etree._Element) -> list[str]:
    """Return the ids of the relations an element names."""
    return [str(said) for name, said in element.items() if str(name).startswith(R) or name == _RELATION_ID]


def shown(parts: Parts, relations: Relations, id_: str) -> str:
    """Return what a reader sees of the part a relation leads to, in square brackets."""
    type_, part = relations.get(id_, ("", ""))
    kind = type_.rsplit("/", 1)[-1].casefold()
    content = parts.get(part)
    if kind == "hyperlink":
        return ""
    if content is None:
        return "[Bild]" if kind == "image" else "[Grafik]"
    if kind == "image":
        return f"[Bild {hashlib.sha256(content).hexdigest()}]"
    if kind == "chart" and part.endswith(".xml"):
        return f"[Diagramm {_chart(parts, part)}]"
    digest = hashlib.sha256()
    for name in sorted(_reach(parts, part) | _drawn(relations, kind)):
        digest.update(_canonical(parts, name))
    return f"[Grafik {digest.hexdigest()}]"


def _chart(parts: Parts, part: str) -> str:
    return " · ".join([*_told(parts.tree(part)), *_hung_on(parts, part)])


def _told(chart: etree._Element) -> Iterator[str]:
    """Return kinds, names, figures and words of a chart in their order."""
    for element in chart.iter():
        tag = element.tag
        if tag in _WORDS:
            yield element.text or ""
        elif tag in _MEANING:
            yield f"{tag.removeprefix(_CHART)}={element.get('val', '')}"
        elif tag in _PLACES or (isinstance(tag, str) and tag.endswith("Chart")):
            yield tag.removeprefix(_CHART)


def _hung_on(parts: Parts, part: str) -> Iterator[str]:
    """Return the hashes of what else a chart shows: pictures, shapes drawn into it."""
    for type_, target in sorted(relations_of(parts, part).values()):
        if type_.rsplit("/", 1)[-1].casefold() not in _LOOKS and target in parts:
            yield hashlib.sha256(_canonical(parts, target)).hexdigest()


def _reach(parts: Parts, part: str) -> set[str]:
    """Return a part with all parts that hang on it."""
    found: set[str] = set()
    ahead = [part]
    while ahead:
        name = ahead.pop()
        if name in parts and name not in found:
            found.add(name)
            ahead += [target for _type, target in relations_of(parts, name).values()]
    return found


def _drawn(relations: Relations, kind: str) -> set[str]:
    """Return the finished drawings of SmartArt: its data part names them, no element of the text does."""
    if kind != "diagramdata":
        return set()
    return {part for type_, part in relations.values() if type_.rsplit("/", 1)[-1].casefold() == "diagramdrawing"}


def _canonical(parts: Parts, part: str) -> bytes:
    shown = etree.tostring(parts.tree(part), method="c14n") if part.endswith(".xml") else parts.get(part, b"")
    return hashlib.sha256(shown).digest()
