"""A Word template taken apart: its parts as trees, without comments, its styles under the names ours bear."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from ikz_workflow.documents import styles
from ikz_workflow.documents.guard import main_part, parse, safe_parts
from ikz_workflow.documents.numbering import W, value
from ikz_workflow.documents.source import Faults
from ikz_workflow.documents.wordml import CONTENT_TYPES, CORE, CUSTOM

WORD = W.strip("{}")
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_RELATIONSHIP = f"{{{_PACKAGE}/relationships}}Relationship"
_CORE_RELATION = f"{_PACKAGE}/relationships/metadata/core-properties"
_CUSTOM_RELATION = f"{OFFICE}/custom-properties"
_TYPES = {
    CORE: "application/vnd.openxmlformats-package.core-properties+xml",
    CUSTOM: "application/vnd.openxmlformats-officedocument.custom-properties+xml",
}
_REVISIONS = tuple(
    W + name
    for name in (
        "ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel", "cellMerge", "rPrChange", "pPrChange", "tblPrChange",
        "trPrChange", "tcPrChange", "sectPrChange", "numberingChange", "moveFromRangeStart", "moveToRangeStart",
    )
)  # fmt: skip
_COMMENTS = tuple(W + name for name in ("commentRangeStart", "commentRangeEnd", "commentReference"))
_PASSING = tuple(W + name for name in ("proofErr", "lastRenderedPageBreak", "permStart", "permEnd"))
_COMMENT_RELATION = re.compile(r"/(comments\w*|people)$", re.IGNORECASE)
_FLOWING = re.compile(r"word/(header|footer)\d*\.xml|word/(footnotes|endnotes)\.xml", re.IGNORECASE)
_STYLE_NAMES = ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link", "styleLink", "numStyleLink")
_REFERENCE = re.compile(rf'(<w:(?:{"|".join(_STYLE_NAMES)})\b[^>]*? w:val=")([^"]*)(")')
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_SUBJECT = "{http://purl.org/dc/elements/1.1/}subject"
MOST_TAGS = 5_000
_DEEPEST = 60  # elements within elements; Word itself writes tables in tables in text boxes with fewer


@dataclass(slots=True)
class Tree:
    """A Word template: `flowing` are the parts that hold text, the main one first; `static` the others as bytes."""

    main: str
    flowing: dict[str, etree._Element]
    static: dict[str, bytes]
    title: str
    label: str
    styles: set[str] = field(default_factory=set)


def read_tree(data: bytes, name: str, faults: Faults) -> Tree:
    """Take a Word template apart. DocumentError where the file is not harmless; faults in it go to `faults`."""
    checked = safe_parts(data, name)
    main = main_part(checked)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = {info.filename.casefold(): info.filename for info in archive.infolist() if not info.is_dir()}
    for part in checked:
        if not part.isascii():
            faults.add(None, f"Der Teil {part} der Datei hat einen Namen mit Umlauten. In Word neu speichern hilft.")
    renamed = _renamed(checked)
    parts = {names[part]: _with_our_styles(part, content, renamed) for part, content in checked.items()}
    known = set(renamed.values()) | {str(id_) for id_ in _style_ids(checked).values()}
    core = parts.get(CORE)
    flowing = {part: parse(parts[part]) for part in parts if part.casefold() == main}
    flowing |= {part: parse(parts[part]) for part in sorted(parts) if _FLOWING.fullmatch(part)}
    static = {part: content for part, content in parts.items() if part not in flowing and part not in (CORE, CUSTOM)}
    tree = Tree(names[main], flowing, static, _property(core, _TITLE), _property(core, _SUBJECT), known)
    for root in flowing.values():
        _clean(root, faults)
    _drop_comments(tree)
    _announce(tree)
    return tree


def _property(core: bytes | None, tag: str) -> str:
    found = parse(core).find(tag) if core is not None else None
    return (found.text or "").strip() if found is not None else ""


def _style_ids(parts: dict[str, bytes]) -> dict[str, str]:
    """Return the ids of a file's styles by name, in small letters: Word and others write it differently."""
    content = parts.get("word/styles.xml")
    if content is None:
        return {}
    return {
        value(style, "name").casefold(): str(style.get(W + "styleId")) for style in parse(content).iter(W + "style")
    }


@lru_cache(maxsize=1)
def _our_ids() -> dict[str, str]:
    """Return the ids of our styles by name."""
    return _style_ids({"word/styles.xml": styles.styles_xml().encode("utf-8")})


def _renamed(parts: dict[str, bytes]) -> dict[str, str]:
    """Return what a file calls our styles → what we call them: other programs choose ids of their own."""
    ours = _our_ids()
    theirs = _style_ids(parts)
    found = {id_: ours[name] for name, id_ in theirs.items() if name in ours and ours[name] != id_}
    # An id of ours that another style of the file bears must make room.
    taken = {id_ for id_ in theirs.values() if id_ in found.values() and id_ not in found}
    return found | {id_: f"{id_}-anders" for id_ in taken}


def _with_our_styles(part: str, content: bytes, renamed: dict[str, str]) -> bytes:
    if not renamed or not part.startswith("word/") or not part.endswith(".xml"):
        return content
    text = content.decode("utf-8", "surrogateescape")
    text = _REFERENCE.sub(lambda one: one[1] + renamed.get(one[2], one[2]) + one[3], text)
    if part == "word/styles.xml":
        text = re.sub(
            r'(<w:style\b[^>]*? w:styleId=")([^"]*)(")', lambda one: one[1] + renamed.get(one[2], one[2]) + one[3], text
        )
    return text.encode("utf-8", "surrogateescape")


# --------------------------------------------------------------------------------------------------------- the trees
def _clean(root: etree._Element, faults: Faults) -> None:
    """Take out what is no text of the document; note what would have to be decided first."""
    if next(root.iter(*_REVISIONS), None) is not None:
        faults.add(
            None,
            "Die Vorlage enthält Änderungen, über die noch nicht entschieden ist. "
            "In Word: Überprüfen, alle Änderungen annehmen oder ablehnen, dann speichern.",
        )
    referred = {anchor for one in root.iter(W + "hyperlink") if (anchor := one.get(W + "anchor"))}
    instructions = " ".join(one.text or "" for one in root.iter(W + "instrText"))
    for element in list(root.iter(*_COMMENTS, *_PASSING, W + "bookmarkStart")):
        name = str(element.get(W + "name", ""))
        if element.tag == W + "bookmarkStart":
            if name in referred or (name and name in instructions):
                continue
            for end in root.iter(W + "bookmarkEnd"):
                if end.get(W + "id") == element.get(W + "id"):
                    _remove(end)
                    break
        _remove(element)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)  # none of these bears text behind it


def is_too_deep(element: etree._Element) -> bool:
    """Tell whether elements nest deeper than any honest document has them."""
    level = [element]
    for _depth in range(_DEEPEST):
        level = [child for one in level for child in one]
        if not level:
            return False
    return True


def _drop_comments(tree: Tree) -> None:
    """Leave the comments of the template behind: they are for its authors."""
    for part in [one for one in tree.static if one.endswith(".rels")]:
        root = parse(tree.static[part])
        gone = [one for one in root.iter(_RELATIONSHIP) if _COMMENT_RELATION.search(str(one.get("Type")))]
        for one in gone:
            target = "word/" + str(one.get("Target")).removeprefix("/word/")
            tree.static.pop(target, None)
            root.remove(one)
        if gone:
            tree.static[part] = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _announce(tree: Tree) -> None:
    """Let the lists of types and relations name our properties, and no part that is gone."""
    types = parse(tree.static[CONTENT_TYPES])
    parts = {*tree.flowing, *tree.static, CORE, CUSTOM}
    for entry in list(types):
        part = str(entry.get("PartName", "")).lstrip("/")
        if part and part not in parts:
            types.remove(entry)
    named = {str(entry.get("PartName", "")).lstrip("/") for entry in types}
    for part, type_ in _TYPES.items():
        if part not in named:
            etree.SubElement(types, f"{{{_PACKAGE}/content-types}}Override", PartName=f"/{part}", ContentType=type_)
    tree.static[CONTENT_TYPES] = etree.tostring(types, encoding="UTF-8", xml_declaration=True, standalone=True)
    relations = parse(tree.static["_rels/.rels"])
    for number, (type_, part) in enumerate(((_CORE_RELATION, CORE), (_CUSTOM_RELATION, CUSTOM))):
        for one in [one for one in relations.iter(_RELATIONSHIP) if one.get("Type") == type_]:
            relations.remove(one)
        etree.SubElement(relations, _RELATIONSHIP, Id=f"rIdIkz{number}", Type=type_, Target=part)
    tree.static["_rels/.rels"] = etree.tostring(relations, encoding="UTF-8", xml_declaration=True, standalone=True)


# ------------------------------------------------------------------------------------------------------- as XML again
def xml_text(text: str) -> str:
    """Return a text as XML in which Jinja finds no tags and no line ends: its lines number the tags."""
    return escape(text, {"{": "&#123;", "}": "&#125;", "\n": "&#10;"})


def start_tag(element: etree._Element, root: bool = False) -> str:
    """Return the opening tag of an element, with the names of namespaces its parent does not know."""
    above = element.getparent()
    known = above.nsmap if above is not None and not root else {}
    spaces = {prefix: uri for prefix, uri in element.nsmap.items() if known.get(prefix) != uri}
    shown = "".join(f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}" for prefix, uri in spaces.items())
    prefixes = {uri: prefix for prefix, uri in element.nsmap.items() if prefix}
    for name, said in element.attrib.items():
        at = etree.QName(str(name))
        label = str(name) if at.namespace is None else f"{_prefix(at.namespace, prefixes)}:{at.localname}"
        shown += f" {label}={quoteattr(str(said))}"
    return f"<{tag_name(element)}{shown}>".replace("{", "&#123;").replace("}", "&#125;")


def _prefix(namespace: str, prefixes: dict[str, str]) -> str:
    return "xml" if namespace == "http://www.w3.org/XML/1998/namespace" else prefixes[namespace]


def tag_name(element: etree._Element) -> str:
    """Return an element's name with its prefix."""
    name = etree.QName(element).localname
    return f"{element.prefix}:{name}" if element.prefix else name


def end_tag(element: etree._Element) -> str:
    """Return the closing tag of an element."""
    return f"</{tag_name(element)}>"


def as_xml(element: etree._Element) -> str:
    """Return an element as it is, with everything in it, as XML in which Jinja finds no tags."""
    if not isinstance(element.tag, str):
        return ""  # a comment or an instruction of XML
    inside = xml_text(element.text or "") + "".join(as_xml(child) + xml_text(child.tail or "") for child in element)
    start = start_tag(element)
    return f"{start}{inside}{end_tag(element)}" if inside else f"{start[:-1]}/>"
