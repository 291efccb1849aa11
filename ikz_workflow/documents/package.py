"""The Word file around a rendered body: the design's parts, properties and proof, always zipped alike."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from ikz_workflow.documents.charts import CONTENT, RELATION, Chart, chart_xml, part_name
from ikz_workflow.documents.values import Stamp, refuse_unprintable
from ikz_workflow.documents.wordml import CONTENT_TYPES, CORE, CUSTOM, DOCUMENT, MARGIN, RELATIONS, escape
from ikz_workflow.errors import InvalidInput

SAMPLE_WORD = "Beispiel"
PROPERTY_NAMES = ("ikz-key", "ikz-kind", "ikz-version", "ikz-position", "ikz-hash", "ikz-short-hash")

# Level 4 takes twice the time of 3, saves one part in fifty.
_LEVEL = 3
_STATIC_LEVEL = 9
_SMALL = 4096
_DATE = (1980 - 1980) << 9 | 1 << 5 | 1  # 1980-01-01, the earliest a zip can name
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DOCUMENT_START = f'{_HEAD}<w:document xmlns:w="{_W}" xmlns:r="{_R}"><w:body>'.encode()
_DOCUMENT_END = "</w:body></w:document>"
_PLACEHOLDER = re.compile(r"\{\{ ([a-z]+) \}\}")


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a zip, deflated."""

    name: bytes
    packed: bytes
    checksum: int
    size: int


def member(name: str, data: bytes, level: int = _LEVEL) -> Member:
    """Return `data` deflated under `name`."""
    # Preparing the full window costs more than deflating a small part.
    window, memory = (-12, 4) if len(data) < _SMALL else (-15, 8)
    packer = zlib.compressobj(level, zlib.DEFLATED, window, memory)
    return Member(name.encode("ascii"), packer.compress(data) + packer.flush(), zlib.crc32(data), len(data))


def canonical_zip(members: Iterable[Member]) -> bytes:
    """Return a zip that depends on the members alone: content types first, names sorted, one fixed date."""
    out: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    first = CONTENT_TYPES.encode("ascii")
    for entry in sorted(members, key=lambda entry: (entry.name != first, entry.name)):
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0, 8, 0, _DATE, entry.checksum, len(entry.packed), entry.size, len(entry.name), 0
        )
        out += (b"PK\x03\x04", common, entry.name, entry.packed)
        directory.append(b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, offset) + entry.name)
        offset += 30 + len(entry.name) + len(entry.packed)
    listing = b"".join(directory)
    count = len(directory)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(listing), offset, 0)
    return b"".join((*out, listing, end))


class Made(Struct, frozen=True):
    """A Word file, with the parts it is made of but for those that only the stamp fills."""

    content: bytes
    parts: Mapping[str, bytes]


class Draft(Protocol):
    """A document that lacks its stamp."""

    def sealed(self, stamp: Stamp) -> Made:
        """Return the Word file; raise InvalidInput for what a stamp cannot hold."""


class TextDraft(Struct, frozen=True):
    """A document of a text template: its text deflated already; `margins` take the stamp."""

    title: str | None
    members: list[Member]
    margins: list[tuple[str, str]]
    parts: Mapping[str, bytes]

    def sealed(self, stamp: Stamp) -> Made:
        """Return the Word file; raise InvalidInput for what a stamp cannot hold."""
        title = stamp.title if self.title is None else self.title
        check_stamp(stamp, title)
        words = {name: escape(text) for name, text in shown(stamp).items()}
        texts = [(CORE, core(title, stamp)), (CUSTOM, custom(stamp))]
        texts += [(part, _PLACEHOLDER.sub(lambda match: words[match[1]], text)) for part, text in self.margins]
        stamped = [member(part, text.encode("utf-8")) for part, text in texts]
        return Made(canonical_zip([*self.members, *stamped]), self.parts)


class Design:
    """The look of all documents: a Word file whose text is replaced, whose parts are deflated once."""

    def __init__(self, data: bytes, name: str = "design.docx") -> None:
        """Take the bytes of the design; raise DocumentError where it lacks what a document needs."""
        from ikz_workflow.documents.adoption import adopted, ink_of

        look = adopted(data, name)
        self._ink = ink_of(look.parts)
        self._letter, self._other = _Shell(look.letter, look.parts_of(look.letter)), None
        if look.other != look.letter:
            self._other = _Shell(look.other, look.parts_of(look.other))

    def drawn(self, charts: Iterable[Chart]) -> list[str]:
        """Return the parts of charts, in the colour and the font of the design."""
        return [chart_xml(one, self._ink) for one in charts]

    def draft(self, body: str, title: str | None, charts: Sequence[str] = (), *, letter: bool = False) -> TextDraft:
        """Return the document around a finished body; without a title it bears that of its stamp."""
        shell = self._letter if letter or self._other is None else self._other
        return shell.around(body, title, charts)


class _Shell:
    """What stands around the text of one kind of document: its page, headers, footers, and all parts that are fixed."""

    def __init__(self, section: str, parts: dict[str, bytes]) -> None:
        self._end = (section + _DOCUMENT_END).encode("utf-8")
        self._stamped = [(part, parts[part].decode("utf-8")) for part in sorted(parts) if MARGIN.fullmatch(part)]
        changing = {DOCUMENT, CONTENT_TYPES, RELATIONS, CORE, CUSTOM, *(part for part, _text in self._stamped)}
        self._parts = {part: parts[part] for part in parts if part not in changing}
        self._static = [member(part, data, _STATIC_LEVEL) for part, data in self._parts.items()]
        self._types, self._relations = (parts[part].decode("utf-8") for part in (CONTENT_TYPES, RELATIONS))
        self._lists = lru_cache(maxsize=16)(self._lists_with)

    def around(self, body: str, title: str | None, charts: Sequence[str]) -> TextDraft:
        """Return the whole document, but for its stamp."""
        changing = {DOCUMENT: b"".join((_DOCUMENT_START, body.encode("utf-8"), self._end))}
        changing |= {part_name(number): chart.encode("utf-8") for number, chart in enumerate(charts, 1)}
        lists, listing = self._lists(len(charts))
        members = [*self._static, *listing, *(member(part, data) for part, data in changing.items())]
        return TextDraft(title, members, self._stamped, self._parts | lists | changing)

    def _lists_with(self, charts: int) -> tuple[dict[str, bytes], list[Member]]:
        """Return the lists of types and relations where so many charts are named in them, and as members."""
        numbers = range(1, charts + 1)
        types = "".join(f'<Override PartName="/{part_name(number)}" ContentType="{CONTENT}"/>' for number in numbers)
        relations = "".join(
            f'<Relationship Id="rIdChart{number}" Type="{RELATION}" Target="charts/chart{number}.xml"/>'
            for number in numbers
        )
        lists = {
            CONTENT_TYPES: self._types.replace("</Types>", f"{types}</Types>").encode("utf-8"),
            RELATIONS: self._relations.replace("</Relationships>", f"{relations}</Relationships>").encode("utf-8"),
        }
        return lists, [member(part, data, _STATIC_LEVEL) for part, data in lists.items()]


@lru_cache(maxsize=4)
def design(data: bytes, name: str = "design.docx") -> Design:
    """Return the design made of these bytes, prepared once."""
    return Design(data, name)


def shown(stamp: Stamp) -> dict[str, str]:
    """Return what header and footer say of a document, by the names of their placeholders."""
    return {
        "key": stamp.key,
        "kind": stamp.kind_label,
        "version": str(stamp.version),
        "position": str(stamp.position),
        "hash": stamp.short_hash,
        "author": stamp.author,
        "sample": SAMPLE_WORD if stamp.sample else "",
    }


def check_stamp(stamp: Stamp, title: str) -> None:
    """Raise InvalidInput for what the properties of a file cannot hold."""
    for name, text in (shown(stamp) | {"full_hash": stamp.full_hash, "title": title}).items():
        refuse_unprintable(name, text)
    if stamp.created.utcoffset() is None:
        raise InvalidInput("created", stamp.created.isoformat(), "Der Zeitpunkt braucht eine Zeitzone (UTC).")


def core(title: str, stamp: Stamp) -> str:
    """Return the part of the properties every program shows."""
    # strftime would pad years before 1000 differently from platform to platform; isoformat does not.
    when = stamp.created.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(stamp.author)}</dc:creator><dc:description/>"
        f"<dc:language>de-DE</dc:language><cp:lastModifiedBy>{escape(stamp.author)}</cp:lastModifiedBy>"
        f'<cp:revision>1</cp:revision><dcterms:created xsi:type="dcterms:W3CDTF">{when}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{when}</dcterms:modified></cp:coreProperties>'
    )


def custom(stamp: Stamp) -> str:
    """Return the part of the properties that prove where a file comes from."""
    texts = (stamp.key, stamp.kind_label, str(stamp.version), str(stamp.position), stamp.full_hash, stamp.short_hash)
    # Word counts properties from 2; the format id is the one it reserves for properties of one's own.
    properties = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{name}">'
        f"<vt:lpwstr>{escape(text)}</vt:lpwstr></property>"
        for number, (name, text) in enumerate(zip(PROPERTY_NAMES, texts, strict=True), 2)
    )
    return (
        f'{_HEAD}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
        ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        f"{properties}</Properties>"
    )
