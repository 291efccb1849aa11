"""Reading the Word file that owns the look, as an office's Word or LibreOffice may have left it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from ikz_workflow.documents import styles
from ikz_workflow.documents.charts import Ink
from ikz_workflow.documents.guard import BROKEN_ZIP, parse
from ikz_workflow.documents.numbering import W, value
from ikz_workflow.documents.wordml import CONTENT_TYPES, CORE, CUSTOM, DOCUMENT, MARGIN, RELATIONS
from ikz_workflow.errors import DocumentError, Problem

STYLES = "word/styles.xml"
SETTINGS = "word/settings.xml"
PLACEHOLDERS = ("key", "kind", "version", "position", "hash", "author", "sample")
_PROOF = ("key", "kind", "version", "position", "hash", "sample")  # what every page says; its author need not
_PLACEHOLDER = re.compile(r"\{\{ ([a-z]+) \}\}")

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W, _R = W.strip("{}"), R.strip("{}")
_ROOT_RELATIONS = "_rels/.rels"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_NEEDED_PARTS = (DOCUMENT, STYLES, CONTENT_TYPES, RELATIONS, _ROOT_RELATIONS)
_PROPERTIES = (
    (CORE, f"{_PACKAGE}/relationships/metadata/core-properties",
     "application/vnd.openxmlformats-package.core-properties+xml",
     f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"/>'),
    (CUSTOM, f"{_R}/custom-properties", "application/vnd.openxmlformats-officedocument.custom-properties+xml",
     f'<Properties xmlns="{_R.replace("relationships", "custom-properties")}"/>'),
)  # fmt: skip
_REFERRING = tuple(
    W + name for name in ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link", "styleLink", "numStyleLink")
)
_COLOUR = re.compile("[0-9A-Fa-f]{6}")
_FIRST_DRAWING = 9001  # drawings are counted through a whole document, its charts from 1
_UNSEEN = ("lang", "noProof")  # what Word notes on a run while checking the spelling
_LETTERS, _OTHERS = "Briefe", "übrige Dokumente"
_KINDS = {"first": "erste Seite", "default": "alle Seiten", "even": "gerade Seiten"}


@dataclass(frozen=True, slots=True)
class Look:
    """A design ready to be used: its parts, the page of letters, the page of all other documents."""

    parts: dict[str, bytes]
    letter: str
    other: str

    def parts_of(self, section: str) -> dict[str, bytes]:
        """Return the parts of a document with that page: headers and footers of other pages are left out."""
        unused = {id_: part for id_, part in _margins(self.parts).items() if f'r:id="{id_}"' not in section}
        gone = set(unused.values())
        gone |= {part.replace("word/", "word/_rels/") + ".rels" for part in gone}
        kept = {part: content for part, content in self.parts.items() if part not in gone}
        kept[RELATIONS] = _without(kept[RELATIONS], "Id", set(unused))
        kept[CONTENT_TYPES] = _without(kept[CONTENT_TYPES], "PartName", {f"/{part}" for part in gone})
        return kept

    @property
    def fonts(self) -> list[str]:
        """Return the fonts its styles name."""
        found = (one.get(W + "ascii") for one in parse(self.parts[STYLES]).iter(W + "rFonts"))
        return sorted({str(name) for name in found if name})

    def wordless(self) -> list[str]:
        """Return a sentence for each picture that says nothing to somebody who cannot see it."""
        return [
            f"Ein Bild hat keinen Alternativtext ({part}). In Word: rechte Maustaste, „Alternativtext anzeigen“."
            for part in sorted(self.parts)
            if MARGIN.fullmatch(part)
            for drawn in parse(self.parts[part]).iter("{*}inline", "{*}anchor")
            if _shows_a_picture(drawn) and not _has_words(drawn)
        ]


def ink_of(parts: Mapping[str, bytes]) -> Ink:
    """Return the colour of the headings and the font of the text in a Word file; ours where it has none that serves."""
    tree = parse(parts[STYLES]) if STYLES in parts else None
    if tree is None:
        return Ink()
    known = {value(style, "name").casefold(): style for style in tree.iter(W + "style")}
    colour, font = "", ""
    if (heading := known.get("heading 1")) is not None:
        colour = value(heading.find(W + "rPr"), "color")
    for one in (known.get("normal"), tree.find(f"{W}docDefaults/{W}rPrDefault")):
        fonts = one.find(f"{W}rPr/{W}rFonts") if one is not None else None
        font = font or (str(fonts.get(W + "ascii", "")) if fonts is not None else "")
    ink = Ink(colour if _COLOUR.fullmatch(colour) else styles.BLUE, font or styles.FONT)
    return Ink(font=ink.font) if ink.is_light else ink


def _shows_a_picture(drawn: etree._Element) -> bool:
    return next(drawn.iter("{*}blip"), None) is not None


def _has_words(drawn: etree._Element) -> bool:
    decorative = next(drawn.iter("{*}decorative"), None) is not None
    return decorative or any(one.get("descr") for one in drawn.iter("{*}docPr"))


def _without(content: bytes, attribute: str, gone: set[str]) -> bytes:
    """Return a list of a package without the entries of the parts that are gone."""
    tree = parse(content)
    for entry in [entry for entry in tree if entry.get(attribute) in gone]:
        tree.remove(entry)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def adopted(data: bytes, name: str) -> Look:
    """Return the look a Word file gives; raise DocumentError with everything it lacks.

    The first section is that of letters, the last that of all other documents. Styles are known by their names, for
    Word writes identifiers in the language of its user.
    """
    parts = _parts(data, name)
    trees = {part: _tree(parts[part], part, name) for part in parts if re.fullmatch(r"word/[^/]+\.xml", part)}
    problems = _named(trees)
    stamped = tuple(sorted(part for part in parts if MARGIN.fullmatch(part)))
    for part in stamped:
        _join_runs(trees[part])
    for number, drawn in enumerate((one for part in stamped for one in trees[part].iter("{*}docPr")), _FIRST_DRAWING):
        drawn.set("id", str(number))
    for part, tree in trees.items():
        parts[part] = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    sections = _sections(trees[DOCUMENT])
    if not sections:
        problems.append("Der Gestaltungsvorlage fehlen die Angaben zur Seite (sectPr).")
    else:
        problems += _placeholder_problems(parts, trees, sections)
    if problems:
        raise DocumentError(name, tuple(Problem(name, None, text) for text in dict.fromkeys(problems)))
    _complete(parts)
    return Look(parts, _text(sections[0]), _text(sections[-1]))


def _parts(data: bytes, name: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = [info for info in archive.infolist() if not info.filename.endswith("/")]
            parts = {info.filename: archive.read(info) for info in entries}
    except BROKEN_ZIP as error:
        raise DocumentError(name, (Problem(name, None, "Die Gestaltungsvorlage ist keine Word-Datei."),)) from error
    missing = [part for part in _NEEDED_PARTS if part not in parts]
    if missing:
        problems = tuple(Problem(name, None, f"Der Gestaltungsvorlage fehlt der Teil {part}.") for part in missing)
        raise DocumentError(name, problems)
    return parts


def _tree(content: bytes, part: str, name: str) -> etree._Element:
    try:
        return parse(content)
    except etree.XMLSyntaxError as error:
        raise DocumentError(name, (Problem(name, None, f"Ein Teil der Datei ist beschädigt ({part})."),)) from error


# ------------------------------------------------------------------------------------------------------------ styles
def _named(trees: dict[str, etree._Element]) -> list[str]:
    """Give the styles our identifiers wherever they are named; return a sentence for each that is missing."""
    found: dict[tuple[str, str], str] = {}
    for style in trees[STYLES].iter(W + "style"):
        label = style.find(W + "name")
        if label is not None:
            key = str(style.get(W + "type")), str(label.get(W + "val")).casefold()
            found.setdefault(key, str(style.get(W + "styleId")))
    ours = {(type_, label.casefold()): id_ for type_, id_, label in styles.NEEDED}
    renamed = {found[key]: id_ for key, id_ in ours.items() if key in found and found[key] != id_}
    taken = {id_ for id_ in ours.values() if id_ in found.values() and id_ not in renamed}
    taken -= {found[key] for key in ours if key in found}
    renamed |= {id_: f"{id_}-2" for id_ in taken}
    if renamed:
        for tree in trees.values():
            _rename(tree, renamed)
    missing = [f"„{label}“" for type_, _id, label in styles.NEEDED if (type_, label.casefold()) not in found]
    if not missing:
        return []
    return [f"Der Gestaltungsvorlage fehlen Formatvorlagen, auch unbenutzte werden gebraucht: {', '.join(missing)}."]


def _rename(tree: etree._Element, renamed: dict[str, str]) -> None:
    for element in tree.iter(W + "style", *_REFERRING):
        attribute = W + ("styleId" if element.tag == W + "style" else "val")
        element.set(attribute, renamed.get(str(element.get(attribute)), str(element.get(attribute))))


# ------------------------------------------------------------------------------------------------------------ margins
def _join_runs(tree: etree._Element) -> None:
    """Put together what Word took apart: words it noted as misspelt, or typed at another time."""
    for mark in list(tree.iter(W + "proofErr")):
        parent = mark.getparent()
        if parent is not None:
            parent.remove(mark)
    for paragraph in tree.iter(W + "p"):
        before: etree._Element | None = None
        for run in list(paragraph):
            words = [one for one in run if one.tag != W + "rPr"]
            if before is not None and words and _goes_on(before, run, words[0]):
                before[-1].text = (before[-1].text or "") + (words[0].text or "")
                before[-1].set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                before.extend(words[1:])
                paragraph.remove(run)
            else:
                before = run


def _goes_on(before: etree._Element, run: etree._Element, first: etree._Element) -> bool:
    """Tell whether a run goes on with the words of the one before, in the same look."""
    are_runs = before.tag == run.tag == W + "r" and len(before) > 0
    return are_runs and before[-1].tag == first.tag == W + "t" and _looks(before) == _looks(run)


def _looks(run: etree._Element) -> list[bytes]:
    properties = run.find(W + "rPr")
    unseen = {W + name for name in _UNSEEN}
    return [etree.tostring(one) for one in properties if one.tag not in unseen] if properties is not None else []


def _placeholder_problems(
    parts: dict[str, bytes], trees: dict[str, etree._Element], sections: list[etree._Element]
) -> list[str]:
    pages = dict(_pages(parts, trees, sections))
    texts = {part: parts[part].decode("utf-8") for part in parts if MARGIN.fullmatch(part)}
    known = {part: set(_PLACEHOLDER.findall(text)) for part, text in texts.items()}
    problems = [
        f"Kopf- und Fußzeile kennen den Platzhalter „{{{{ {unknown} }}}}“ nicht (möglich: {', '.join(PLACEHOLDERS)})."
        for unknown in sorted(set().union(*known.values()) - set(PLACEHOLDERS))
    ]
    for needed in _PROOF:
        lacking = [page for page, shown in pages.items() if not any(needed in known.get(part, ()) for part in shown)]
        if lacking:
            where = f" Das betrifft: {'; '.join(lacking)}." if len(lacking) < len(pages) else ""
            problems.append(
                f"In Kopf- und Fußzeile fehlt „{{{{ {needed} }}}}“ "
                f"(am Stück und ohne Formatwechsel geschrieben).{where}"
            )
    return problems


def _pages(
    parts: dict[str, bytes], trees: dict[str, etree._Element], sections: list[etree._Element]
) -> list[tuple[str, list[str]]]:
    """Return the parts that head and foot each kind of page, under the name of the page."""
    targets = _margins(parts)
    odd_even = SETTINGS in trees and trees[SETTINGS].find(W + "evenAndOddHeaders") is not None
    named = [(_LETTERS, sections[0]), (_OTHERS, sections[-1])] if len(sections) > 1 else [("Seiten", sections[0])]
    pages = []
    for label, section in named:
        kinds = ["default"] + ["first"] * _is_on(section, "titlePg") + ["even"] * odd_even
        for kind in kinds:
            shown = [
                targets.get(str(one.get(R + "id")), "")
                for one in section.iter(W + "headerReference", W + "footerReference")
                if one.get(W + "type", "default") == kind
            ]
            pages.append((f"{label}, {_KINDS[kind]}", shown))
    return pages


def _margins(parts: dict[str, bytes]) -> dict[str, str]:
    """Map the relations of headers and footers to their parts."""
    named = {
        str(one.get("Id")): "word/" + str(one.get("Target")).removeprefix("/word/") for one in parse(parts[RELATIONS])
    }
    return {relation: part for relation, part in named.items() if MARGIN.fullmatch(part)}


def _is_on(section: etree._Element, name: str) -> bool:
    found = section.find(W + name)
    return found is not None and found.get(W + "val", "1") not in ("0", "false", "off")


# ------------------------------------------------------------------------------------------------------------ sections
def _sections(document: etree._Element) -> list[etree._Element]:
    """Return the page of every section, each with the headers and footers it takes over from the one before."""
    found: list[etree._Element] = []
    for section in document.iter(W + "sectPr"):
        parent = section.getparent()
        if parent is None or parent.tag == W + "sectPrChange":
            continue
        own = _pure(section)
        if found:
            said = {(one.tag, one.get(W + "type")) for one in own}
            taken = list(found[-1].iter(W + "headerReference", W + "footerReference"))
            for one in reversed([one for one in taken if (one.tag, one.get(W + "type")) not in said]):
                own.insert(0, _pure(one))
        if not _is_on(own, "titlePg"):
            for one in [one for one in own if one.tag in _REFERENCES and one.get(W + "type") == "first"]:
                own.remove(one)
        own[:] = sorted(own, key=lambda one: (one.tag not in _REFERENCES, one.tag == W + "footerReference"))
        found.append(own)
    return found


_REFERENCES = (W + "headerReference", W + "footerReference")


def _pure(element: etree._Element) -> etree._Element:
    """Return an element with what the first edition of the format knows: other names would need to be declared."""
    copy = etree.Element(element.tag, nsmap={"w": _W, "r": _R})
    for name, said in element.items():
        if str(name).startswith((W, R)) and not str(name).startswith(W + "rsid"):
            copy.set(name, said)
    for child in element:
        if str(child.tag).startswith(W) and child.tag not in (W + "type", W + "sectPrChange"):
            copy.append(_pure(child))
    return copy


def _text(section: etree._Element) -> str:
    text = etree.tostring(section, encoding="unicode")
    return re.sub(r' xmlns:[a-z]+="[^"]*"', "", text)  # the document's root declares both


# ------------------------------------------------------------------------------------------------------------ package
def _complete(parts: dict[str, bytes]) -> None:
    """Name the parts of the properties in the package: programs leave out what was empty."""
    types, relations = (parse(parts[part]) for part in (CONTENT_TYPES, _ROOT_RELATIONS))
    for part, relation, content, empty in _PROPERTIES:
        if not any(one.get("PartName") == f"/{part}" for one in types):
            etree.SubElement(
                types, f"{{{_PACKAGE}/content-types}}Override", {"PartName": f"/{part}", "ContentType": content}
            )
        known = [one for one in relations if str(one.get("Target")).lstrip("/") == part]
        for one in known:
            one.set("Type", relation)  # LibreOffice writes it in small letters, and Word is not alone in minding
        if not known:
            described = {"Id": f"rIdIkz{len(relations) + 1}", "Type": relation, "Target": part}
            etree.SubElement(relations, f"{{{_PACKAGE}/relationships}}Relationship", described)
        parts.setdefault(part, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{empty}'.encode())
    for part, tree in ((CONTENT_TYPES, types), (_ROOT_RELATIONS, relations)):
        parts[part] = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
