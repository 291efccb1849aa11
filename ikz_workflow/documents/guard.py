"""The door for Word files from outside: what we do not want to open is refused, with the reason."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

from lxml import etree

from ikz_workflow.documents.fields import field_reasons
from ikz_workflow.documents.numbering import W
from ikz_workflow.documents.wordml import CONTENT_TYPES
from ikz_workflow.errors import DocumentError, Problem

MOST_BYTES = 20_000_000
MOST_UNPACKED = 60_000_000
MOST_PARTS = 500
_CHUNK = 1 << 16
_SMALL = 1 << 16  # bytes of a part that is kept in mind
_MOST_KNOWN = 64
_harmless: set[tuple[str, bytes]] = set()

_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACROS = "macroenabled"
_TEMPLATE = "wordprocessingml.template.main+xml"
_OFFICE_DOCUMENT = "/officedocument"
# What a zip that is damaged, locked or forged makes the standard library raise.
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, UnicodeError)
_SAFE_NAME = re.compile(r"(?!/)[^\\:\x00-\x1f]+")
_SAFE_LINK = re.compile(r"(https?|mailto):", re.IGNORECASE)
_UNWANTED_PARTS = (
    (re.compile("vbaproject|vbadata", re.IGNORECASE), "enthält Makros (VBA)"),
    (re.compile("/embeddings/|oleobject", re.IGNORECASE), "enthält eingebettete fremde Dateien"),
    (re.compile("/activex/", re.IGNORECASE), "enthält ActiveX-Steuerelemente"),
)
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TYPES = CONTENT_TYPES.casefold()
_FOREIGN = frozenset({"afchunk", "oleobject", "package", "subdocument", "control", "frame"})
# Where two of a kind hang on one part, two programs may show two different documents.
_SINGLE = frozenset({"styles", "numbering", "footnotes", "endnotes", "settings"})


def parse(data: bytes) -> etree._Element:
    """Return the root of an XML part, read without entities, network or huge trees."""
    careful = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    return etree.fromstring(data, careful)


class Parts(dict[str, bytes]):
    """The parts of a Word file by name, case folded as the format demands; each is parsed once, to be looked at."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """Take the parts by their folded names."""
        super().__init__(parts)
        self._trees: dict[str, etree._Element] = {}

    def tree(self, part: str) -> etree._Element:
        """Return the root of a part; XMLSyntaxError where it is none, or not there."""
        if part not in self._trees:
            self._trees[part] = parse(self.get(part, b""))
        return self._trees[part]


def guard(data: bytes, name: str) -> None:
    """Raise DocumentError, with every reason found, where `data` is no harmless Word file called `name`."""
    safe_parts(data, name)


def safe_parts(data: bytes, name: str) -> Parts:
    """Return the parts of a Word file after the checks of `guard`."""
    if len(data) > MOST_BYTES:
        _refuse(
            name, f"Die Datei ist mit {len(data) // 1_000_000} MB zu groß (höchstens {MOST_BYTES // 1_000_000} MB)."
        )
    return checked(Parts(_unpacked(data, name)), name)


def checked(parts: Parts, name: str) -> Parts:
    """Return the parts of a Word file unless one of them is not harmless: DocumentError with every reason."""
    reasons = [
        f"Die Datei {why} ({part})." for part in parts for sign, why in _UNWANTED_PARTS if sign.search("/" + part)
    ]
    reasons += _type_reasons(parts)
    types = _types(parts)
    for part in parts:
        if part.endswith((".xml", ".rels", ".vml")) or types.get(part, "").endswith("xml"):
            reasons += _part_reasons(part, parts)
    if reasons:
        _refuse(name, *dict.fromkeys(reasons))
    return parts


def _refuse(name: str, *reasons: str) -> None:
    raise DocumentError(name, tuple(Problem(name, None, reason) for reason in reasons))


def _unpacked(data: bytes, name: str) -> dict[str, bytes]:
    """Return the parts, unpacked in small steps: what the zip says about sizes is not believed."""
    parts: dict[str, bytes] = {}
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS:
                _refuse(name, f"Die Datei hat zu viele Teile ({len(entries)}, höchstens {MOST_PARTS}).")
            for entry in entries:
                if entry.filename.endswith("/"):  # a folder; is_dir() breaks over a name that is empty
                    continue
                _check_name(entry.filename, parts, name)
                with archive.open(entry) as stream:
                    pieces: list[bytes] = []
                    while piece := stream.read(_CHUNK):
                        left -= len(piece)
                        if left < 0:
                            _refuse(name, f"Entpackt ist die Datei größer als {MOST_UNPACKED // 1_000_000} MB.")
                        pieces.append(piece)
                parts[entry.filename.casefold()] = b"".join(pieces)
    except BROKEN_ZIP as error:
        reason = "Die Datei ist keine Word-Datei (.docx), beschädigt oder mit einem Kennwort geschützt."
        raise DocumentError(name, (Problem(name, None, reason),)) from error
    return parts


def _check_name(part: str, parts: dict[str, bytes], name: str) -> None:
    if not _SAFE_NAME.fullmatch(part) or ".." in part.split("/"):
        _refuse(name, "Die Datei enthält einen Teil mit unsicherem Namen.")
    # Parts differ by more than case (OPC): two readers must not see two different documents.
    if part.casefold() in parts:
        _refuse(name, f"Die Datei enthält den Teil {part} doppelt.")


def _types(parts: Parts) -> dict[str, str]:
    """Return the content type of each part, in small letters; empty where the list of types cannot be read."""
    try:
        entries = list(parts.tree(_TYPES))
    except etree.XMLSyntaxError:
        return {}  # told by _xml_reasons
    by_ending: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for entry in entries:
        type_ = str(entry.get("ContentType", "")).strip().lower()
        if entry.get("PartName"):
            by_name[str(entry.get("PartName")).lstrip("/").casefold()] = type_
        else:
            by_ending[str(entry.get("Extension", "")).casefold()] = type_
    return {part: by_name.get(part) or by_ending.get(part.rpartition(".")[2], "") for part in parts}


def _type_reasons(parts: Parts) -> list[str]:
    if _TYPES not in parts:
        return ["Die Datei ist keine Word-Datei (.docx)."]
    try:
        told = " ".join(str(entry.get("ContentType", "")) for entry in parts.tree(_TYPES)).lower()
    except etree.XMLSyntaxError:
        return []  # told by _xml_reasons
    if _MACROS in told or "vbaproject" in told:
        return ["Die Datei kann Makros enthalten (.docm). Bitte als Word-Dokument (.docx) speichern."]
    if _TEMPLATE in told:
        return ["Die Datei ist eine Word-Vorlage (.dotx). Bitte als Word-Dokument (.docx) speichern."]
    main = main_part(parts)
    if _types(parts).get(main) != _MAIN or not main.endswith(".xml"):
        return ["Die Datei ist keine Word-Datei (.docx)."]
    return _main_reasons(parts, main)


def _main_reasons(parts: Parts, main: str) -> list[str]:
    """Return why we could not read the text as Word shows it: another dialect has other names for everything."""
    try:
        root = parts.tree(main)
    except etree.XMLSyntaxError:
        return []  # told by _xml_reasons
    if root.tag == W + "document" and len(root.findall(W + "body")) == 1:
        return []
    return [
        "Die Datei ist nicht im üblichen Word-Format (etwa „Strict Open XML“). "
        "In Word: Speichern unter, Dateityp „Word-Dokument (*.docx)“."
    ]


def main_part(parts: Parts) -> str:
    """Return the name of the part that holds the text, empty where there is none or more than one."""
    try:
        relations = list(parts.tree("_rels/.rels").iter(_RELATIONSHIP))
    except etree.XMLSyntaxError:
        return ""
    found = [one for one in relations if str(one.get("Type", "")).casefold().endswith(_OFFICE_DOCUMENT)]
    return str(found[0].get("Target", "")).lstrip("/").casefold() if len(found) == 1 else ""


def _part_reasons(part: str, parts: Parts) -> list[str]:
    """Look into a part, but only once into a small one: a design's parts are those of every document made in it."""
    known = part, parts[part]
    if known in _harmless:
        return []
    reasons = _xml_reasons(part, parts)
    if not reasons and len(parts[part]) <= _SMALL:
        if len(_harmless) == _MOST_KNOWN:
            _harmless.clear()
        _harmless.add(known)
    return reasons


def _xml_reasons(part: str, parts: Parts) -> list[str]:
    # The zeros of UTF-16 left out, so that no encoding hides it; most parts hold no such sign at all.
    if b"!" in parts[part] and b"<!DOCTYPE" in parts[part].replace(b"\0", b"").upper():
        return [f"Die Datei enthält eine Dokumenttyp-Definition, das ist unzulässig ({part})."]
    try:
        root = parts.tree(part)
    except etree.XMLSyntaxError:
        return [f"Ein Teil der Datei ist beschädigt ({part})."]
    if root.getroottree().docinfo.internalDTD is not None:
        return [f"Die Datei enthält eine Dokumenttyp-Definition, das ist unzulässig ({part})."]
    if next(root.iter(W + "altChunk", W + "subDoc"), None) is not None:
        return [f"Die Datei bindet ein anderes Dokument ein ({part})."]
    reasons = field_reasons(part, root)
    if next(root.iter("{*}dataBinding"), None) is not None:
        reasons.append(
            f"Ein Inhaltssteuerelement holt seinen Text aus verborgenen Daten ({part}). "
            "In Word: Steuerelement mit der rechten Maustaste anklicken, „Inhaltssteuerelement entfernen“."
        )
    relations = list(root.iter(_RELATIONSHIP))
    kinds = [_kind(relation) for relation in relations]
    reasons += [
        f"Die Datei enthält den Teil „{kind}“ doppelt ({part})." for kind in sorted(_SINGLE) if kinds.count(kind) > 1
    ]
    return reasons + [reason for relation in relations for reason in _relation_reasons(relation)]


def _kind(relation: etree._Element) -> str:
    return str(relation.get("Type", "")).rsplit("/", 1)[-1].casefold()


def _relation_reasons(relation: etree._Element) -> list[str]:
    kind = _kind(relation)
    if kind in _FOREIGN:
        return ["Die Datei bindet andere Dateien ein."]
    if str(relation.get("TargetMode", "")).strip().casefold() != "external":
        return []
    target = str(relation.get("Target", ""))
    if kind == "hyperlink" and (_SAFE_LINK.match(target) or target.startswith("#")):
        return []
    if kind == "attachedtemplate":
        return [
            "Die Datei verweist auf eine Vorlagendatei. In Word: Entwicklertools, Dokumentvorlage, „Normal“ anfügen."
        ]
    return [f"Die Datei verweist nach außen ({kind}: {target[:80]}); erlaubt sind nur Links auf Webseiten und E-Mail."]
