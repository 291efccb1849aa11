"""Which of Word's fields may stand in a filed document: those that show what the document itself holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ikz_workflow.documents.numbering import W
from ikz_workflow.documents.wordml import MARGIN

# They count, refer and list inside the document; their last result stands in it as text.
_HARMLESS = {"=", "BIBLIOGRAPHY", "CITATION", "FORMCHECKBOX", "FORMDROPDOWN", "FORMTEXT", "HYPERLINK", "INDEX"}
_HARMLESS |= {"NOTEREF", "NUMPAGES", "PAGE", "PAGEREF", "REF", "SECTION", "SECTIONPAGES", "SEQ", "STYLEREF", "TC"}
_HARMLESS |= {"TOC", "XE"}
# They change by themselves: no agreed text may hang on them. In header and footer nothing is agreed.
_MOVING = {"AUTHOR", "COMMENTS", "CREATEDATE", "DATE", "DOCPROPERTY", "EDITTIME", "FILENAME", "FILESIZE", "KEYWORDS"}
_MOVING |= {"LASTSAVEDBY", "NUMCHARS", "NUMWORDS", "PRINTDATE", "REVNUM", "SAVEDATE", "SUBJECT", "TEMPLATE", "TIME"}
_MOVING |= {"TITLE", "USERADDRESS", "USERINITIALS", "USERNAME"}
_MARGINS = (W + "hdr", W + "ftr")
_SAFE_LINK = re.compile(r"(https?|mailto):", re.IGNORECASE)
_ARGUMENT = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<switch>[a-z])(?=\s|$)|(?P<bare>[^\s"]\S*)', re.IGNORECASE)
_NESTED = "\0"  # stands for the result of a field inside an instruction: nobody knows what it will be


def field_reasons(part: str, root: etree._Element) -> list[str]:
    """Return a sentence for each field of a part that reaches outside it, acts, or changes the text by itself."""
    # By its root, too: what is called word/header1.xml may be the text itself.
    is_margin = root.tag in _MARGINS and MARGIN.fullmatch(part) is not None
    return [reason for code in dict.fromkeys(instructions(root)) if (reason := _reason(part, code, is_margin))]


def instructions(root: etree._Element) -> Iterator[str]:
    """Return the instruction of every field of a part, however it is split over runs."""
    open_: list[list[str]] = []
    for element in root.iter(W + "fldSimple", W + "fldChar", W + "instrText", W + "delInstrText"):
        if element.tag == W + "fldSimple":
            yield str(element.get(W + "instr", ""))
        elif element.tag != W + "fldChar":
            if open_:
                open_[-1].append(element.text or "")
            else:
                yield element.text or ""
        elif element.get(W + "fldCharType") == "begin":
            open_.append([])
        elif element.get(W + "fldCharType") == "end" and open_:
            yield "".join(open_.pop())
            if open_:
                open_[-1].append(_NESTED)
    for code in open_:
        yield "".join(code)


def _reason(part: str, code: str, is_margin: bool) -> str:
    words = code.split()
    if not words:
        return ""
    name = words[0].upper()
    if name.startswith("="):
        name = "="
    shown = name.replace(_NESTED, "…")[:30]
    if name == "HYPERLINK" and not _is_safe_link(code):
        return (
            f"Ein Link führt zu etwas anderem als einer Webseite oder E-Mail ({part}). "
            "In Word: Link entfernen oder berichtigen."
        )
    if name in _HARMLESS or (name in _MOVING and is_margin):
        return ""
    if name in _MOVING:
        return (
            f"Das Feld {shown} ändert den Text von selbst ({part}). "
            "In Word: Feld anklicken, mit Strg+Umschalt+F9 in festen Text umwandeln."
        )
    return (
        f"Das Feld {shown} ist nicht zulässig, denn es kann Fremdes einfügen oder etwas auslösen ({part}). "
        "In Word: Feld anklicken, mit Strg+Umschalt+F9 in festen Text umwandeln."
    )


def _is_safe_link(code: str) -> bool:
    """Tell whether a HYPERLINK leads to a web page, to mail, or to a place in the same document."""
    switch = ""
    targets = []
    for match in _ARGUMENT.finditer(code, code.upper().index("HYPERLINK") + len("HYPERLINK")):
        if match["switch"]:
            switch = match["switch"].lower()
        else:
            if switch not in ("l", "o", "t", "s"):
                targets.append(match["quoted"] if match["quoted"] is not None else match["bare"])
            switch = ""
    return all(_SAFE_LINK.match(target) and _NESTED not in target for target in targets)
