"""What Word asks of a file to open it without a complaint, and what a screen reader asks of it.

The orders of elements are those of ECMA-376, part 1 (5th edition): CT_PPr, CT_RPr, CT_TblPr, CT_TcPr, CT_SectPr,
CT_Style, CT_Lvl, CT_Settings.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
DECORATIVE = "{http://schemas.microsoft.com/office/drawing/2017/decorative}decorative"
_LOOKS = "ins del moveFrom moveTo rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint"
_LOOKS += (
    " noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText"
)
_LOOKS += " vertAlign rtl cs em lang eastAsianLayout specVanish oMath rPrChange"
_ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs"
    " suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd"
    " snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment"
    " textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": _LOOKS,
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing"
    " tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription tblPrChange",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark"
    " headers cellIns cellDel cellMerge tcPrChange",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType"
    " pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings"
    " sectPrChange",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked"
    " personal personalCompose personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr",
    "lvl": "start numFmt lvlRestart pStyle isLgl suff lvlText lvlPicBulletId legacy lvlJc pPr rPr",
    "tbl": "bookmarkStart bookmarkEnd tblPr tblGrid tr",
    "pBdr": "top left bottom right between bar",
    "tcBorders": "top start left bottom end right insideH insideV",
    "tblBorders": "top start left bottom end right insideH insideV",
    "tblCellMar": "top start left bottom end right",
    "settings": "writeProtection view zoom removePersonalInformation mirrorMargins attachedTemplate trackRevisions"
    " documentProtection defaultTabStop autoHyphenation consecutiveHyphenLimit hyphenationZone"
    " doNotHyphenateCaps evenAndOddHeaders characterSpacingControl footnotePr endnotePr compat rsids"
    " mathPr themeFontLang clrSchemeMapping decimalSymbol listSeparator",
}  # fmt: skip


def parts_of(data: bytes) -> dict[str, bytes]:
    """Return the parts of a Word file."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert len(set(archive.namelist())) == len(archive.namelist())
        return {name: archive.read(name) for name in archive.namelist()}


def faults(data: bytes) -> list[str]:
    """Return what Word would stumble over."""
    parts = parts_of(data)
    trees = {name: etree.fromstring(content) for name, content in parts.items() if name.endswith((".xml", ".rels"))}
    word = {name: tree for name, tree in trees.items() if re.fullmatch(r"word/[a-z]+\d*\.xml", name)}
    found = [fault for name, tree in word.items() for fault in _shape(name, tree)]
    return [*found, *_names(word), *_relations(parts, trees), *_types(parts, trees["[Content_Types].xml"])]


def _local(element: etree._Element) -> str:
    return str(element.tag).removeprefix(W)


def _shape(part: str, tree: etree._Element) -> Iterator[str]:
    for element in tree.iter(etree.Element):
        name, children = _local(element), [_local(child) for child in element if isinstance(child.tag, str)]
        order = _ORDERS.get(name, "").split() if str(element.tag).startswith(W) else []
        if order:
            unknown = [child for child in children if child not in order]
            places = [order.index(child) for child in children if child in order]
            if unknown or places != sorted(places):
                yield f"{part}: {name} holds {children}"
            if name in ("pPr", "rPr", "tblPr", "tcPr") and len(set(children)) < len(children):
                yield f"{part}: {name} says a thing twice: {children}"
        if name in ("p", "r", "tc", "tr", "tbl") and f"{name}Pr" in children[1:]:
            yield f"{part}: {name}Pr is not first in {name}"
        if name == "tc" and children[-1:] != ["p"]:
            yield f"{part}: a cell does not end with a paragraph"
        if name in ("body", "hdr", "ftr") and any(one == two == "tbl" for one, two in pairwise(children)):
            yield f"{part}: two tables grow together"
        if name == "tr" and sum(child == "tc" for child in children) != len(_columns(element)):
            yield f"{part}: a row has not as many cells as its table has columns"
    kinds = [str(one.get(W + "fldCharType")) for one in tree.iter(W + "fldChar")]
    if any(kinds.count(kind) != kinds.count("begin") for kind in ("separate", "end")):
        yield f"{part}: a field has no end"


def _columns(row: etree._Element) -> list[etree._Element]:
    table = next(row.iterancestors(W + "tbl"))
    return table.findall(f"{W}tblGrid/{W}gridCol")


def _names(word: dict[str, etree._Element]) -> Iterator[str]:
    document = word["word/document.xml"]
    drawn = [one.get("id") for tree in word.values() for one in tree.iter(WP + "docPr")]
    starts = list(document.iter(W + "bookmarkStart"))
    ids, names = ([one.get(W + key) for one in starts] for key in ("id", "name"))
    for what, found in (("docPr", drawn), ("bookmark id", ids), ("bookmark name", names)):
        if len(set(found)) < len(found):
            yield f"two of {what} are the same"
    if sorted(map(str, ids)) != sorted(str(one.get(W + "id")) for one in document.iter(W + "bookmarkEnd")):
        yield "a bookmark has no end"
    anchors = {one.get(W + "anchor") for one in document.iter(W + "hyperlink")}
    yield from (f"a link leads nowhere: {one}" for one in anchors - set(names))
    styles = {one.get(W + "styleId") for one in word["word/styles.xml"].iter(W + "style")}
    for part, tree in word.items():
        used = {
            one.get(W + "val")
            for one in tree.iter(*(W + name for name in ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link")))
        }
        yield from (f"{part}: no style {one}" for one in used - styles)
    numbers = {one.get(W + "numId") for one in word["word/numbering.xml"].iter(W + "num")} | {"0"}
    for part, tree in word.items():
        yield from (f"{part}: no list {one}" for one in {x.get(W + "val") for x in tree.iter(W + "numId")} - numbers)


def _relations(parts: dict[str, bytes], trees: dict[str, etree._Element]) -> Iterator[str]:
    for name, tree in trees.items():
        if not name.endswith(".rels"):
            continue
        owner = name.replace("_rels/", "").removesuffix(".rels")
        ids = [str(one.get("Id")) for one in tree]
        if len(set(ids)) < len(ids):
            yield f"{name}: an id twice"
        for one in tree:
            if one.get("TargetMode") != "External" and _target(name, one) not in parts:
                yield f"{name}: {_target(name, one)} is not there"
        if owner in trees:
            used = {
                str(said) for element in trees[owner].iter() for key, said in element.items() if str(key).startswith(R)
            }
            yield from (f"{owner}: {one} is no relation" for one in used - set(ids))
    for name, tree in trees.items():
        listing = posixpath.join(posixpath.dirname(name), "_rels", posixpath.basename(name) + ".rels")
        if listing not in trees and any(str(key).startswith(R) for one in tree.iter() for key in one.attrib):
            yield f"{name}: names relations and has none"
    listings = [(name, tree) for name, tree in trees.items() if name.endswith(".rels")]
    reached = {_target(name, one) for name, tree in listings for one in tree}
    yield from (
        f"{name} is led to by nothing" for name in set(parts) - reached
        if not name.endswith(".rels") and name != "[Content_Types].xml"
    )  # fmt: skip


def _target(listing: str, relation: etree._Element) -> str:
    folder = "/" + posixpath.dirname(listing.replace("_rels/", ""))
    return posixpath.normpath(posixpath.join(folder, str(relation.get("Target")))).lstrip("/")


def _types(parts: dict[str, bytes], types: etree._Element) -> Iterator[str]:
    overrides = [str(one.get("PartName")).lstrip("/") for one in types if one.get("PartName")]
    endings = {str(one.get("Extension")).lower() for one in types if one.get("Extension")}
    yield from (f"a type for {one}, which is not there" for one in overrides if one not in parts)
    if len(set(overrides)) < len(overrides):
        yield "two types for one part"
    endings.discard("xml")  # says only that it is XML: Word refuses a chart whose kind is not named
    for name in parts:
        if name != "[Content_Types].xml" and name not in overrides and name.rsplit(".", 1)[-1].lower() not in endings:
            yield f"no type for {name}"


# ------------------------------------------------------------------------------------------------------------ access
def barriers(data: bytes) -> list[str]:
    """Return what would keep somebody from reading a document with a screen reader, or at ease."""
    parts = parts_of(data)
    document, style_part, settings, core = (
        etree.fromstring(parts[name])
        for name in ("word/document.xml", "word/styles.xml", "word/settings.xml", "docProps/core.xml")
    )
    styles = {str(one.get(W + "styleId")): one for one in style_part.iter(W + "style")}
    found = list(_headings(document, styles)) + list(_tables(document)) + list(_pictures(parts))
    if not core.findtext("{http://purl.org/dc/elements/1.1/}title"):
        found.append("no title")
    if core.findtext("{http://purl.org/dc/elements/1.1/}language") != "de-DE":
        found.append("the properties name no language")
    languages = {one.get(W + "val") for one in style_part.iter(W + "lang")}
    if languages != {"de-DE"}:
        found.append(f"languages {languages}")
    if settings.find(W + "autoHyphenation") is None or settings.find(W + "updateFields") is not None:
        found.append("no hyphens, or a question on opening")
    if any(one.get(W + "dirty") for one in document.iter(W + "fldChar")):
        found.append("a field asks on opening")
    body = document.find(W + "body")
    assert body is not None
    empty = [one for one in body.iter(W + "p") if next(one.iter(W + "t", W + "drawing", W + "fldChar"), None) is None]
    found += [f"an empty paragraph in {_style(one) or 'Normal'}" for one in empty if _style(one) not in _MAY_BE_EMPTY]
    text = "\n".join("".join(one.text or "" for one in paragraph.iter(W + "t")) for paragraph in body.iter(W + "p"))
    found += [
        f"a sign of the typewriter: …{one}…" for one in re.findall(r'.{0,20}(?:"| - |\.\.\.|\.\.(?!\.)).{0,20}', text)
    ]
    return found


# The end of a table, a line to sign on, a cell where nothing is to say.
_MAY_BE_EMPTY = {"TableEnd", "CellEnd", "LetterEnd", "InformationTop", "SignatureLine", "Sender", "TableText"}


def _style(paragraph: etree._Element) -> str:
    found = paragraph.find(f"{W}pPr/{W}pStyle")
    return str(found.get(W + "val")) if found is not None else ""


def _headings(document: etree._Element, styles: dict[str, etree._Element]) -> Iterator[str]:
    before = 0
    for paragraph in document.iter(W + "p"):
        style = styles.get(_style(paragraph))
        level = style.find(f"{W}pPr/{W}outlineLvl") if style is not None else None
        if style is None or level is None:
            continue
        now = int(str(level.get(W + "val"))) + 1
        if now > before + 1:
            yield f"a heading of level {now} after one of level {before}: {''.join(map(str, paragraph.itertext()))}"
        before = now
        if style.find(f"{W}pPr/{W}keepNext") is None:
            yield f"{_style(paragraph)} may stand alone at the end of a page"
        if paragraph.getnext() is None or paragraph.getnext().tag == W + "sectPr":
            yield "a heading without anything below it"
    if not before:
        yield "no heading"


def _tables(document: etree._Element) -> Iterator[str]:
    for table in document.iter(W + "tbl"):
        rows = table.findall(W + "tr")
        name = table.find(f"{W}tblPr/{W}tblStyle")
        style = str(name.get(W + "val")) if name is not None else ""
        if style == "Ruled" and rows[0].find(f"{W}trPr/{W}tblHeader") is None:
            yield "a table without a row of headings"
        if style == "Ruled" and len(rows) < 2:
            yield "a table of headings alone"
        if any(row.find(f"{W}trPr/{W}cantSplit") is None for row in rows):
            yield "a row may be torn"
        grid = sum(int(str(one.get(W + "w"))) for one in table.iter(W + "gridCol"))
        if style != "Bare" and grid != 9355:
            yield f"a table {grid} wide"


def _pictures(parts: dict[str, bytes]) -> Iterator[str]:
    for name in parts:
        if re.fullmatch(r"word/(document|header\d*|footer\d*)\.xml", name):
            for one in etree.fromstring(parts[name]).iter(WP + "docPr"):
                if not one.get("descr") and next(one.iter(DECORATIVE), None) is None:
                    yield f"{name}: a picture without words"
