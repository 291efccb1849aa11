"""Draw a workflow as SVG, fit for a council paper: A4 width, readable in grey, without any other program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from ikz_workflow.definition import Definition
from ikz_workflow.exchange.layout import (
    BOLD,
    BOLD_LINE,
    BOX,
    LANE,
    LINE,
    MARGIN,
    SMALL,
    WIDTH,
    Box,
    Layout,
    Text,
    Way,
    placed,
)
from ikz_workflow.exchange.lettering import broken
from ikz_workflow.language import gettext as _

_UNITS = 4.0  # of the drawing in a millimetre
_PAGE = 250.0  # a page's type area is as high, in millimetres
_TITLE, _HEADING = 15.0, 17.0  # font size of the title, from line to line
_CURVE = 11.0
_STYLE = """
text { font-family: Arial, Helvetica, "Liberation Sans", sans-serif; fill: #111 }
.title { font-size: 15px; font-weight: bold } .under { font-size: 11px; fill: #444 }
.stage { fill: #e9eef4; stroke: #1f3a5f; stroke-width: 1.4 } .final { fill: #fff; stroke-width: 2.6 }
.name { font-size: 12.5px; font-weight: bold; text-anchor: middle }
.label { font-size: 11px } .when { font-size: 9.5px; fill: #444; font-style: italic }
.way { fill: none; stroke: #333; stroke-width: 1.3 } .back { stroke: #555; stroke-dasharray: 5 3 }
.gate { fill: #1f3a5f } .head { fill: #333 } .frame { fill: none; stroke: #777; stroke-dasharray: 2 3 }
"""


def svg(definition: Definition, under: str = "") -> str:
    """Return the picture as SVG text; `under` is a second line of the title, such as the direction shown."""
    layout = placed(definition)
    title = f"{definition.label} ({definition.name}, Version {definition.version})"
    headings = [*_heading("title", title, _TITLE), *_heading("under", under, SMALL)]
    head = len(headings) * _HEADING + 8
    everywhere = _everywhere(definition)
    legend = layout.height + 8 + (len(everywhere) * LINE + 26 if everywhere else 0)
    height = head + legend + 24
    scale = min(1.0, _PAGE * _UNITS / height) / _UNITS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
        f'width="{WIDTH * scale:.1f}mm" height="{height * scale:.1f}mm" viewBox="0 0 {WIDTH:g} {height:.1f}">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(_told(definition))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH:g}" height="{height:.1f}" fill="#fff"/>',
        *(_text(kind, MARGIN, _TITLE + number * _HEADING, line) for number, (kind, line) in enumerate(headings)),
        f'<g transform="translate(0 {head:g})">',
        *(line for way in layout.ways for line in _way(layout, way)),
        *(line for box in layout.boxes for line in _box(layout, box)),
        *_foot(everywhere, layout.height + 8),
        *_legend(legend),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _heading(kind: str, text: str, size: float) -> list[tuple[str, str]]:
    return [(kind, line) for line in broken(text, size, WIDTH - 2 * MARGIN, bold=kind == "title")]


def _told(definition: Definition) -> str:
    """Return the picture in words, for those who do not see it."""
    ways = [
        f"{stage.label} → {definition.stages[transition.to].label}: {transition.label}"
        for stage in definition.stages.values()
        for transition in stage.transitions.values()
    ]
    return "; ".join(ways)


def _text(kind: str, x: float, y: float, text: str, anchor: str = "") -> str:
    place = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{place}>{escape(text)}</text>'


def _box(layout: Layout, box: Box) -> Iterator[str]:
    kind = "stage final" if box.final else "stage"
    yield f'<rect class="{kind}" x="{layout.x:.1f}" y="{box.y:.1f}" width="{BOX:g}" height="{box.height:.1f}" rx="6"/>'
    first = box.y + box.height / 2 - (len(box.lines) - 1) * BOLD_LINE / 2 + BOLD * 0.36
    for number, line in enumerate(box.lines):
        yield _text("name", layout.x + BOX / 2, first + number * BOLD_LINE, line)


def _way(layout: Layout, way: Way) -> Iterator[str]:
    if way.side == "main":
        x = layout.x + BOX / 2
        yield f'<path class="way" d="M{x:.1f} {way.start:.1f}V{way.end - 6:.1f}"/>'
        yield _head(x, way.end, "down")
        top = (way.start + way.end - 5 - len(way.label) * LINE) / 2
        yield from _label(way.label, x + 14, top, "")
        return
    left = way.side == "left"
    edge = layout.x if left else layout.x + BOX
    lanes = layout.lanes[0 if left else 1]
    lane = MARGIN + LANE * (lanes - 1 - way.lane) + 3 if left else WIDTH - MARGIN - LANE * (lanes - 1 - way.lane) - 3
    turn = -1 if way.end < way.start else 1
    curve = min(_CURVE, abs(way.end - way.start) / 2)
    inward = curve if left else -curve
    tip = edge - 6 if left else edge + 6
    yield (
        f'<path class="way{" back" if way.back else ""}" d="M{edge:.1f} {way.start:.1f}H{lane + inward:.1f}'
        f"Q{lane:.1f} {way.start:.1f} {lane:.1f} {way.start + turn * curve:.1f}V{way.end - turn * curve:.1f}"
        f'Q{lane:.1f} {way.end:.1f} {lane + inward:.1f} {way.end:.1f}H{tip:.1f}"/>'
    )
    yield _head(edge, way.end, "right" if left else "left")
    top = way.start - 5 - len(way.label) * LINE
    yield from _label(way.label, edge - 12 if left else edge + 12, top, "end" if left else "")


def _label(label: Iterable[Text], x: float, top: float, anchor: str) -> Iterator[str]:
    """Yield a label line by line; a gate has a diamond before it."""
    for number, line in enumerate(label):
        base = top + number * LINE + SMALL
        indent = 0 if line.kind == "label" else -14 if anchor else 14
        yield _text("when" if line.kind == "when" else "label", x + indent, base, line.text, anchor)
        if line.kind == "gate":
            yield _diamond(x + (-5 if anchor else 5), base - 4)


def _diamond(x: float, y: float) -> str:
    return f'<path class="gate" d="M{x - 5:.1f} {y:.1f}l5 -5l5 5l-5 5z"/>'


def _head(x: float, y: float, towards: str) -> str:
    shape = {"down": "l-4 -8h8z", "right": "l-8 -4v8z", "left": "l8 -4v8z"}[towards]
    return f'<path class="head" d="M{x:.1f} {y:.1f}{shape}"/>'


def _everywhere(definition: Definition) -> list[str]:
    """Return what is possible from every open stage, in lines that fit the frame."""
    if not definition.anywhere:
        return []
    said = []
    for transition in definition.anywhere.values():
        target = f" → {definition.stages[transition.to].label}" if transition.to else ""
        said.append(f"{transition.label}{target}")
    text = _("Aus jeder offenen Stufe: {ways}").format(ways=" · ".join(said))
    return broken(text, SMALL, WIDTH - 2 * MARGIN - 20)


def _foot(lines: list[str], top: float) -> Iterator[str]:
    if not lines:
        return
    high = len(lines) * LINE + 14
    yield f'<rect class="frame" x="{MARGIN}" y="{top:.1f}" width="{WIDTH - 2 * MARGIN:g}" height="{high:g}" rx="4"/>'
    for number, line in enumerate(lines):
        yield _text("label", MARGIN + 10, top + 7 + SMALL + number * LINE, line)


def _legend(top: float) -> Iterator[str]:
    yield _diamond(MARGIN + 5, top + 9)
    yield _text("under", MARGIN + 14, top + 13, _("Entscheidung, die dafür gefallen sein muss"))
    yield f'<path class="way back" d="M{MARGIN + 270} {top + 9:.1f}h30"/>'
    yield _text("under", MARGIN + 306, top + 13, _("Weg zurück"))
