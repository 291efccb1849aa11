"""A text template as a Word file with visible tags, in the look of our documents, to be changed in Word."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import docx
from docx.document import Document
from docx.text.paragraph import Paragraph
from lxml import etree

from ikz_workflow.documents import package, wordml
from ikz_workflow.documents.adoption import adopted
from ikz_workflow.documents.guard import guard
from ikz_workflow.documents.inline import Pen, Piece, announces
from ikz_workflow.documents.markdown import Writer
from ikz_workflow.documents.numbering import W, value
from ikz_workflow.documents.source import Faults, Tag, normalised, read_front, scan
from ikz_workflow.documents.word import Spot
from ikz_workflow.documents.wordtree import WORD

_AUTHOR = "ikz"
_LONGEST_PROPERTY = 255  # characters Word takes for the title or subject of a file
_SMALL = '<w:color w:val="8A4B08"/><w:sz w:val="15"/><w:szCs w:val="15"/></w:rPr></w:style>'
_STYLES = (
    '<w:style w:type="paragraph" w:customStyle="1" w:styleId="Steuerzeichen"><w:name w:val="Steuerzeichen"/>'
    '<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr><w:keepNext/><w:suppressAutoHyphens/>'
    '<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/><w:jc w:val="left"/></w:pPr>'
    f"<w:rPr>{_SMALL}"
    '<w:style w:type="character" w:customStyle="1" w:styleId="SteuerzeichenimText">'
    f'<w:name w:val="Steuerzeichen im Text"/><w:rPr><w:b w:val="0"/><w:i w:val="0"/>{_SMALL}'
)
_CONTROL_RUN = '<w:rPr><w:rStyle w:val="SteuerzeichenimText"/></w:rPr>'
_CHART = re.compile(wordml.mark("chart-start", r"(\w+)") + "(.*?)" + wordml.mark("chart-end"), re.DOTALL)
_CHART_LINE = re.compile(wordml.mark("chart-(title|row)", r"\d+"))
_CHART_PIECE = re.compile(rf"(?={wordml.MARK}chart-(?:title|row) )|(?=<\?ikz )|(?<=\?>)")
_SIGNS = {"S": "§", "C": "(#)", "A": "(#)", "N0": ""}
_BLOCKS = {
    "contents": "::: contents",
    "sigs": "::: signatures",
    "sig": "::: signature",
    "/sigs": ":::",
    "page": "::: open-page",
    "/page": ":::",
}
_BLOCK_NAMES = {"bar": "chart", "col": "column-chart"}
_HINTS = {
    "§ ": "„§“ am Anfang einer Überschrift wird zu „§ 1“, „§ 2“ … Die Marke {#name} am Ende ist das Ziel für Verweise.",
    "(#)": "(#) wird zu (1), (2) … je Paragraf; in Überschriften zu 1, 1.1, 1.2 …",
    "#.": "#. wird zu 1., 2., 3. …",
    "{@": "{@name} wird zur Nummer der Stelle, an der {#name} steht, und bleibt richtig, wenn etwas entfällt.",
    "{% if": "Bis zu {% endif %} steht alles nur da, wenn die Bedingung zutrifft. Ein Steuerzeichen allein in einem "
    "Absatz (oder einer Tabellenzeile) gilt für ganze Absätze (Zeilen) und hinterlässt selbst nichts.",
    "{% for": "Bis zu {% endfor %} wird alles für jeden Eintrag wiederholt.",
    "::: signatures": "Bis zu „:::“ stehen Unterschriftsfelder; jedes beginnt mit „::: signature“, zwei stehen "
    "nebeneinander.",
    "::: open-page": "Was bis zu „:::“ folgt, steht nur da, wenn Angaben offen sind; „::: open“ wird je offenem Punkt "
    "wiederholt.",
    "::: open": "Dieser Absatz wird für jeden offenen Punkt wiederholt.",
    "::: chart": "Bis zu „:::“ steht ein Diagramm: „# Titel“, dann je Zeile „Bezeichnung | Zahl“. In der Vorlage steht "
    "es als Text; gezeichnet wird es im Dokument.",
    "::: column-chart": "Bis zu „:::“ steht ein Säulendiagramm: „# Titel | Reihen“, dann je Zeile „Bezeichnung | "
    "Zahlen“. In der Vorlage steht es als Text; gezeichnet wird es im Dokument.",
}
_WELCOME = (
    "Vorlage „{label}“. In {{{{ … }}}} steht, was eingesetzt wird, in {{% … %}}, was steuert; beides bleibt so stehen. "
    "Alles andere, auch Schrift, Absätze und Tabellen, lässt sich in Word ändern. Im Ordner templates des eigenen "
    "Ordners gilt die Datei statt der mitgelieferten Vorlage. Danach prüfen: ikz template check DATEI. Kopf- und "
    "Fußzeile tragen den Nachweis; ihre Platzhalter müssen bleiben. Kommentare kommen nicht ins Dokument."
)


class _VisiblePen(Pen):
    """Writes tags and marks as the words a reader of the template sees."""

    def control(self, tag: Tag) -> str:
        """Return a control tag as an instruction of XML: what is around it decides what it becomes."""
        return f"<?ikz {{% {tag.code} %}}?>"

    def printing(self, tag: Tag, filter_: str) -> str:
        """Return a print tag as text."""
        return wordml.escape(f"{{{{ {tag.code} }}}}")

    def unless_empty(self, start: str, inside: str, end: str) -> str:
        """Return what stands around something."""
        return start + inside + end

    def paragraph(self, pieces: list[Piece], style: str = "", align: str = "", later_style: str | None = None) -> str:
        """Return one paragraph; where it bears a number, the name it is referred to by stands at its end."""
        anchors: list[str] = []

        def sign(mark: re.Match[str]) -> str:
            kind, *arguments = mark[1].split(" ")
            if kind == "R":
                return f"{{@{arguments[0]}}}"
            if kind in ("S", "C", "A") and arguments[-1]:
                anchors.append(f" {{#{arguments[-1]}}}")
            return _SIGNS.get(kind, "#." if arguments == ["1"] else "#)")

        runs = wordml.ANY_MARK.sub(sign, self.runs(pieces))
        named = "".join(f"<w:r>{_CONTROL_RUN}{wordml.OPEN_T}{name}{wordml.CLOSE_T}</w:r>" for name in anchors)
        return wordml.paragraph(runs + named, style, align, keep=announces(pieces))

    def cell(self, pieces: list[Piece], style: str, align: str = "") -> str:
        """Return one paragraph of a table cell."""
        return self.paragraph(pieces, style, align)


def word_copy(source: str, name: str, design: bytes) -> bytes:
    """Return a text template as a Word file with visible tags; DocumentError where the template is at fault."""
    faults = Faults(name)
    source = normalised(source)
    front = read_front(source, faults)
    scanned = scan("\n".join(source.split("\n")[front.lines :]), front.lines + 1, faults)
    body = Writer(scanned, faults, _VisiblePen).write()
    for key, said in (("title", front.title), ("label", front.label)):
        if len(said) > _LONGEST_PROPERTY:
            faults.add(None, f"Für Word ist „{key}“ im Vorspann zu lang (höchstens {_LONGEST_PROPERTY} Zeichen).")
    faults.stop()
    look = adopted(design, "design.docx")
    section = look.letter if wordml.mark("letter") in body else look.other
    parts = look.parts_of(section)
    old = parts[wordml.DOCUMENT].decode("utf-8")
    start, end = old.index("<w:body>") + len("<w:body>"), section + "</w:body></w:document>"
    parts[wordml.DOCUMENT] = (old[:start] + _visible(body) + end).encode("utf-8")
    styles = parts["word/styles.xml"].decode("utf-8").replace("</w:styles>", f"{_STYLES}</w:styles>")
    parts["word/styles.xml"] = styles.encode("utf-8")
    made = docx.Document(BytesIO(package.canonical_zip(package.member(part, data) for part, data in parts.items())))
    made.core_properties.title, made.core_properties.subject = front.title, front.label
    _explain(made, front.label)
    return _saved(made)


def _visible(body: str) -> str:
    """Return a compiled body with marks and control tags as paragraphs, rows or runs of their own."""
    body = _CHART.sub(_chart, _kept(body))
    body = wordml.ANY_MARK.sub(lambda mark: _block(mark[1].split(" ")[0]), body).replace(wordml.ROW, "")
    root = etree.fromstring(f'<w:body xmlns:w="{WORD}">{body}</w:body>')
    for sign in list(root.iter(etree.ProcessingInstruction)):
        parent = sign.getparent()
        if parent is not None:
            shown = _fragment(_as_element(str(sign.text), parent))
            shown.tail = sign.tail
            parent.replace(sign, shown)
    inside = "".join(etree.tostring(child, encoding="unicode") for child in root)
    return inside.replace(f' xmlns:w="{WORD}"', "")


def _kept(body: str) -> str:
    """Return a compiled body where what is to stand on the page of what follows says so itself."""
    *pieces, last = body.split(wordml.mark("keep"))
    cut = [piece.rpartition("<w:p>") for piece in pieces]
    return "".join(before + start + wordml.kept(inside) for before, start, inside in cut) + last


def _as_element(text: str, parent: etree._Element) -> str:
    run = f"<w:r>{_CONTROL_RUN}{wordml.OPEN_T}{wordml.escape(text)}{wordml.CLOSE_T}</w:r>"
    if parent.tag == W + "p":
        return run
    if parent.tag == W + "tbl":
        widths = [int(column.get(W + "w", "0")) for column in parent.iter(W + "gridCol")]
        width = f'<w:tcPr><w:tcW w:w="{sum(widths)}" w:type="dxa"/><w:gridSpan w:val="{len(widths)}"/></w:tcPr>'
        return wordml.row(f"<w:tc>{width}{_control(text)}</w:tc>")
    return _control(text)


def _control(text: str) -> str:
    return wordml.paragraph(f"<w:r>{wordml.OPEN_T}{wordml.escape(text)}{wordml.CLOSE_T}</w:r>", "Steuerzeichen")


def _fragment(xml: str) -> etree._Element:
    return etree.fromstring(f'<w:x xmlns:w="{WORD}">{xml}</w:x>')[0]


def _block(kind: str) -> str:
    listed = wordml.paragraph(f"<w:r>{wordml.OPEN_T}::: open{wordml.CLOSE_T}</w:r>", "ListBullet")
    if kind in _BLOCKS:
        return _control(_BLOCKS[kind])
    return {"open": listed, "break": wordml.PAGE_BREAK}.get(kind, "")


def _chart(found: re.Match[str]) -> str:
    """Return a chart's marks as the lines they were made of."""
    out = [_control(f"::: {_BLOCK_NAMES[found[1]]}")]
    for piece in _CHART_PIECE.split(found[2]):
        line = _CHART_LINE.match(piece)
        if line:
            text = piece[line.end() :].replace(wordml.mark("chart-next"), " | ")
            title = "# " if line[1] == "title" else ""
            out.append(wordml.paragraph(f"<w:r>{wordml.OPEN_T}{title}{text}{wordml.CLOSE_T}</w:r>"))
        else:
            out.append(piece)
    return "".join((*out, _control(":::")))


# ------------------------------------------------------------------------------------------------------------ comments
def annotated(data: bytes, name: str, findings: Sequence[tuple[Spot | None, str]]) -> bytes:
    """Return a Word template with its faults as comments where they stand; those without a place at its beginning.

    DocumentError as `guard` raises it.
    """
    guard(data, name)
    document = docx.Document(BytesIO(data))
    paragraphs = list(document.element.body.getroottree().getroot().iter(W + "p"))
    for spot, text in findings:
        at = None
        if spot is not None and spot.part == document.part.partname.lstrip("/") and spot.paragraph < len(paragraphs):
            at = Paragraph(paragraphs[spot.paragraph], document)
        _comment(document, at, text)
    return _saved(document)


def _explain(document: Document, label: str) -> None:
    """Explain every kind of sign where it stands first."""
    _comment(document, None, _WELCOME.format(label=label))
    left = dict(_HINTS)
    for element in document.element.body.iter(W + "p"):
        paragraph = Paragraph(element, document)
        sign = next(
            (sign for sign in left if _shows(paragraph.text, sign, value(element.find(W + "pPr"), "pStyle"))), ""
        )
        if sign:
            _comment(document, paragraph, left.pop(sign))


def _shows(text: str, sign: str, style: str) -> bool:
    if sign in ("{@", "{% if", "{% for"):
        return sign in text
    return (
        text.startswith(sign) and (sign != "§ " or style.startswith("Heading")) and (sign != "::: open" or text == sign)
    )


def _comment(document: Document, paragraph: Paragraph | None, text: str) -> None:
    if paragraph is None or not paragraph.runs:
        paragraph = next((one for one in document.paragraphs if one.runs), None) or document.add_paragraph()
    runs = paragraph.runs or [paragraph.add_run("")]
    document.add_comment(runs, text=text, author=_AUTHOR, initials=_AUTHOR)


def _saved(document: Document) -> bytes:
    """Return the bytes of a file; the same content gives the same bytes."""
    for element in document.part._comments_part.element.iter(W + "comment"):
        element.set(W + "date", datetime(2026, 1, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    made = BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as archive:
        return package.canonical_zip(package.member(name, archive.read(name)) for name in archive.namelist())
