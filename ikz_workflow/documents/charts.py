"""Charts as Word draws them itself: DrawingML with the figures inside, no picture, no workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest

from ikz_workflow import german
from ikz_workflow.documents import styles, wordml
from ikz_workflow.documents.source import Faults
from ikz_workflow.documents.wordml import escape

BAR, COLUMN = "bar", "col"  # how DrawingML calls the direction of the bars
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart"
CONTENT = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EMU = 635  # English metric units in a twentieth of a point
_WIDTH = wordml.TEXT_WIDTH * _EMU
_COLUMN_HEIGHTS, _ROW, _FRAME = (2_200_000, 3_000_000), 330_000, 420_000  # columns of one series, of several
_TALLEST = 7_200_000
_TINTS = (0.0, 0.6, 0.33)  # how much white is in the colour of each series: told apart in grey too
_TOO_LIGHT = 140  # of 255
_TEXT = 900  # hundredths of a point
_GROUPED = "[$-407]#,##0"  # digits in groups, as in German
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
NOT_A_NUMBER = "Im Diagramm steht „{}“, wo eine ganze Zahl stehen muss."
MOST = len(_TINTS)  # series a chart can have


@dataclass(frozen=True, slots=True)
class Ink:
    """What a chart takes over from the document around it: a colour (six hex digits) and a font."""

    colour: str = styles.BLUE
    font: str = styles.FONT

    @property
    def is_light(self) -> bool:
        """Tell whether bars of its colour could not be told from lighter ones."""
        red, green, blue = bytes.fromhex(self.colour)
        return 0.299 * red + 0.587 * green + 0.114 * blue > _TOO_LIGHT

    def tint(self, number: int) -> str:
        """Return the colour of the bars of a series."""
        white = _TINTS[number]
        return "".join(f"{round(part + (255 - part) * white):02X}" for part in bytes.fromhex(self.colour))


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars to be drawn: texts are escaped for XML, every row has a whole number, also below zero, for each series."""

    kind: str
    title: str
    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


class Drawer:
    """Takes the marks of one document's charts in their order, and the text after each."""

    def __init__(self, parts: list[str], faults: Faults) -> None:
        """Begin without a chart; `parts` holds text and marks by turns."""
        self.charts: list[Chart] = []
        self._parts, self._faults = parts, faults
        self._kind = ""
        self._lines: list[tuple[str, int, list[str]]] = []

    def mark(self, place: int, kind: str, arguments: list[str]) -> str:
        """Take one mark; return the drawing at the end of a chart, "" before. A chart without rows leaves nothing."""
        if kind == "chart-start":
            self._kind, self._lines = arguments[0], []
        elif kind == "chart-end":
            return self._draw()
        elif kind == "chart-next":
            self._lines[-1][2].append(self._parts[place + 1].strip())
        else:
            self._lines.append((kind, int(arguments[0]), [self._parts[place + 1].strip()]))
        self._parts[place + 1] = ""
        return ""

    def _draw(self) -> str:
        title, *series = next((texts for kind, _line, texts in self._lines if kind == "chart-title"), [""])
        rows = [self._row(line, texts) for kind, line, texts in self._lines if kind == "chart-row"]
        if not rows:
            return ""
        width = max(len(values) for _label, values in rows)
        names = tuple(name or "" for name, _place in zip_longest(series[:width], range(width)))
        filled = tuple((label, (*values, *(0,) * (width - len(values)))) for label, values in rows)
        self.charts.append(Chart(self._kind, title, names, filled))
        return drawing(self.charts[-1], len(self.charts))

    def _row(self, line: int, texts: list[str]) -> tuple[str, tuple[int, ...]]:
        label, *values = texts
        for value in values:
            if not is_number(value):
                self._faults.add(line, NOT_A_NUMBER.format(value))
        return label, tuple(int(value) if is_number(value) else 0 for value in values)


def is_number(text: str) -> bool:
    """Tell whether a text is a whole number, as a chart takes it."""
    return _NUMBER.fullmatch(text.strip()) is not None


# ------------------------------------------------------------------------------------------------------------ the parts
def part_name(number: int) -> str:
    """Return the name of the part that holds the chart of a number."""
    return f"word/charts/chart{number}.xml"


def drawing(chart: Chart, number: int) -> str:
    """Return the paragraph that shows a chart, with its words as alternative text."""
    told = "; ".join(f"{label}: {', '.join(german.number(str(one)) for one in values)}" for label, values in chart.rows)
    tall = _COLUMN_HEIGHTS[len(chart.series) > 1]
    height = tall if chart.kind == COLUMN else min(_TALLEST, _FRAME + _ROW * _bars(chart))
    inline = (
        f'<wp:inline xmlns:wp="{_WP}" distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{_WIDTH}" cy="{height}"/>'
        f'<wp:docPr id="{number}" name="Diagramm {number}" title="{chart.title}" descr="{chart.title}. {told}"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic xmlns:a="{_A}"><a:graphicData uri="{_C}">'
        f'<c:chart xmlns:c="{_C}" r:id="rIdChart{number}"/></a:graphicData></a:graphic></wp:inline>'
    )
    caption = wordml.paragraph(f"<w:r>{wordml.OPEN_T}{chart.title}{wordml.CLOSE_T}</w:r>", "ChartTitle")
    picture = wordml.paragraph(f"<w:r><w:drawing>{inline}</w:drawing></w:r>", "Chart")
    return (caption if chart.title else "") + picture


def _bars(chart: Chart) -> int:
    return len(chart.rows) * max(1, len(chart.series) * 2 // 3) + (len(chart.series) > 1)


def chart_xml(chart: Chart, ink: Ink) -> str:
    """Return the part of one chart."""
    words, hints = _text(ink, "262626"), _text(ink, styles.GREY)
    many = len(chart.series) > 1
    floor = "" if any(value < 0 for _label, values in chart.rows for value in values) else '<c:min val="0"/>'
    series = "".join(_series(chart, number, ink.tint(number), words) for number in range(len(chart.series)))
    legend = f'<c:legend><c:legendPos val="t"/><c:overlay val="0"/>{hints}</c:legend>' if many else ""
    direction = '<c:orientation val="maxMin"/>' if chart.kind == BAR else '<c:orientation val="minMax"/>'
    place, across = ("l", "t") if chart.kind == BAR else ("b", "l")
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<c:chartSpace xmlns:c="{_C}" xmlns:a="{_A}"'
        f' xmlns:r="{_R}"><c:date1904 val="0"/><c:lang val="de-DE"/><c:roundedCorners val="0"/><c:chart>'
        f'<c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:barChart><c:barDir val="{chart.kind}"/>'
        f'<c:grouping val="clustered"/><c:varyColors val="0"/>{series}<c:gapWidth val="{40 if many else 60}"/>'
        f'<c:axId val="111"/><c:axId val="222"/></c:barChart>'
        f'<c:catAx><c:axId val="111"/><c:scaling>{direction}</c:scaling><c:delete val="0"/><c:axPos val="{place}"/>'
        f'<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="low"/><c:spPr>{_line(styles.RULE)}</c:spPr>{words}<c:crossAx val="222"/>'
        f'<c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/>'
        f'<c:noMultiLvlLbl val="1"/></c:catAx>'
        f'<c:valAx><c:axId val="222"/><c:scaling><c:orientation val="minMax"/>{floor}</c:scaling>'
        f'<c:delete val="1"/><c:axPos val="{across}"/><c:numFmt formatCode="0" sourceLinked="0"/>'
        f'<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="111"/>'
        f'<c:crosses val="autoZero"/></c:valAx><c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr></c:plotArea>'
        f'{legend}<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f'<c:spPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill><a:ln><a:noFill/></a:ln></c:spPr>'
        f"{hints}</c:chartSpace>"
    )


def _series(chart: Chart, number: int, colour: str, words: str) -> str:
    name = chart.series[number]
    labels = "".join(f'<c:pt idx="{at}"><c:v>{label}</c:v></c:pt>' for at, (label, _values) in enumerate(chart.rows))
    values = "".join(
        f'<c:pt idx="{at}"><c:v>{found[number]}</c:v></c:pt>' for at, (_label, found) in enumerate(chart.rows)
    )
    count = f'<c:ptCount val="{len(chart.rows)}"/>'
    shown = f"{_GROUPED};-{_GROUPED};" if len(chart.series) > 1 else _GROUPED  # among many bars a nought is noise
    return (
        f'<c:ser><c:idx val="{number}"/><c:order val="{number}"/>{f"<c:tx><c:v>{name}</c:v></c:tx>" if name else ""}'
        f'<c:spPr><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></c:spPr>'
        f'<c:invertIfNegative val="0"/><c:dLbls><c:numFmt formatCode="{shown}" sourceLinked="0"/>'
        f'<c:spPr><a:noFill/></c:spPr>{words}<c:dLblPos val="outEnd"/><c:showLegendKey val="0"/>'
        f'<c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/>'
        f'<c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat><c:strLit>{count}{labels}</c:strLit></c:cat>"
        f"<c:val><c:numLit><c:formatCode>0</c:formatCode>{count}{values}</c:numLit></c:val></c:ser>"
    )


def _line(colour: str) -> str:
    return f'<a:ln w="6350"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:ln>'


def _text(ink: Ink, colour: str) -> str:
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    font = f'<a:latin typeface="{escape(ink.font)}"/>'
    return (
        f'<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="{_TEXT}">{fill}{font}'
        '</a:defRPr></a:pPr><a:endParaRPr lang="de-DE"/></a:p></c:txPr>'
    )
