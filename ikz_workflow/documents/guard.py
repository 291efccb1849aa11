"""The door for Word files from outside: what we do not want to open is refused, with the reason."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO

from lxml import etree

from ikz_workflow.documents.package import CONTENT_TYPES
from ikz_workflow.errors import DocumentError, Problem

MOST_BYTES = 20_000_000
MOST_UNPACKED = 60_000_000
MOST_PARTS = 500
_CHUNK = 1 << 16

_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACROS = "macroenabled"
_TEMPLATE = "wordprocessingml.template.main+xml"
_OFFICE_DOCUMENT = "/officeDocument"
_SAFE_NAME = re.compile(r"(?!/)[^\\:\x00-\x1f]+")
_SAFE_LINK = re.compile(r"(https?|mailto):", re.IGNORECASE)
_UNWANTED_PARTS = (
    (re.compile("vbaproject|vbadata", re.IGNORECASE), "enthält Makros (VBA)"),
    (re.compile("/embeddings/|oleobject", re.IGNORECASE), "enthält eingebettete fremde Dateien"),
    (re.compile("/activex/", re.IGNORECASE), "enthält ActiveX-Steuerelemente"),
)
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ALT_CHUNK = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}altChunk"
_OVERRIDE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"


def parse(data: bytes) -> etree._Element:
    """Return the root of an XML part, read without entities, network or huge trees."""
    careful = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    return etree.fromstring(data, careful)


def guard(data: bytes, name: str) -> None:
    """Raise DocumentError, with every reason found, where `data` is no harmless Word file called `name`."""
    safe_parts(data, name)


def safe_parts(data: bytes, name: str) -> dict[str, bytes]:
    """Return the parts of a Word file by name, after the checks of `guard`."""
    if len(data) > MOST_BYTES:
        _refuse(
            name, f"Die Datei ist mit {len(data) // 1_000_000} MB zu groß (höchstens {MOST_BYTES // 1_000_000} MB)."
        )
    parts = _unpacked(data, name)
    reasons = [
        f"Die Datei {why} ({part})." for part in parts for sign, why in _UNWANTED_PARTS if sign.search("/" + part)
    ]
    reasons += _type_reasons(parts)
    for part, content in parts.items():
        if part.endswith((".xml", ".rels")):
            reasons += _xml_reasons(part, content)
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
                if entry.is_dir():
                    continue
                _check_name(entry.filename, parts, name)
                with archive.open(entry) as stream:
                    pieces: list[bytes] = []
                    while piece := stream.read(_CHUNK):
                        left -= len(piece)
                        if left < 0:
                            _refuse(name, f"Entpackt ist die Datei größer als {MOST_UNPACKED // 1_000_000} MB.")
                        pieces.append(piece)
                parts[entry.filename] = b"".join(pieces)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        UnicodeError,
    ) as error:
        reason = "Die Datei ist keine Word-Datei (.docx), beschädigt oder mit einem Kennwort geschützt."
        raise DocumentError(name, (Problem(name, None, reason),)) from error
    return parts


def _check_name(part: str, parts: dict[str, bytes], name: str) -> None:
    if not _SAFE_NAME.fullmatch(part) or ".." in part.split("/"):
        _refuse(name, "Die Datei enthält einen Teil mit unsicherem Namen.")
    # Parts differ by more than case (OPC): two readers must not see two different documents.
    if any(part.casefold() == other.casefold() for other in parts):
        _refuse(name, f"Die Datei enthält den Teil {part} doppelt.")


def _type_reasons(parts: dict[str, bytes]) -> list[str]:
    if CONTENT_TYPES not in parts:
        return ["Die Datei ist keine Word-Datei (.docx)."]
    try:
        root = parse(parts[CONTENT_TYPES])
    except etree.XMLSyntaxError:
        return []  # told by _xml_reasons
    types = [str(element.get("ContentType", "")) for element in root]
    lowered = " ".join(types).lower()
    if _MACROS in lowered or "vbaproject" in lowered:
        return ["Die Datei kann Makros enthalten (.docm). Bitte als Word-Dokument (.docx) speichern."]
    if _TEMPLATE in lowered:
        return ["Die Datei ist eine Word-Vorlage (.dotx). Bitte als Word-Dokument (.docx) speichern."]
    main = main_part(parts)
    if _MAIN not in types or main not in parts or not main.endswith(".xml"):
        return ["Die Datei ist keine Word-Datei (.docx)."]
    return []


def main_part(parts: dict[str, bytes]) -> str:
    """Return the name of the part that holds the text, empty where there is none."""
    try:
        for relation in parse(parts.get("_rels/.rels", b"<none/>")).iter(_RELATIONSHIP):
            if str(relation.get("Type", "")).endswith(_OFFICE_DOCUMENT):
                return str(relation.get("Target", "")).lstrip("/")
    except etree.XMLSyntaxError:
        pass
    return ""


def _xml_reasons(part: str, content: bytes) -> list[str]:
    # Before parsing; the zeros of UTF-16 left out, so that no encoding hides it.
    if b"<!DOCTYPE" in content.replace(b"\0", b"").upper():
        return [f"Die Datei enthält eine Dokumenttyp-Definition, das ist unzulässig ({part})."]
    try:
        root = parse(content)
    except etree.XMLSyntaxError:
        return [f"Ein Teil der Datei ist beschädigt ({part})."]
    if root.getroottree().docinfo.internalDTD is not None:
        return [f"Die Datei enthält eine Dokumenttyp-Definition, das ist unzulässig ({part})."]
    if next(root.iter(_ALT_CHUNK), None) is not None:
        return [f"Die Datei bindet ein anderes Dokument ein ({part})."]
    return [reason for relation in root.iter(_RELATIONSHIP) for reason in _relation_reasons(relation)]


def _relation_reasons(relation: etree._Element) -> list[str]:
    kind = str(relation.get("Type", "")).rsplit("/", 1)[-1]
    if kind in ("aFChunk", "oleObject", "package"):
        return ["Die Datei bindet andere Dateien ein."]
    if str(relation.get("TargetMode", "")).lower() != "external":
        return []
    target = str(relation.get("Target", ""))
    if kind == "hyperlink" and (_SAFE_LINK.match(target) or target.startswith("#")):
        return []
    if kind == "attachedTemplate":
        return [
            "Die Datei verweist auf eine Vorlagendatei. In Word: Entwicklertools, Dokumentvorlage, „Normal“ anfügen."
        ]
    return [f"Die Datei verweist nach außen ({kind}: {target[:80]}); erlaubt sind nur Links auf Webseiten und E-Mail."]
