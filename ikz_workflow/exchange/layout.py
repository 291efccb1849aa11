"""Place a workflow's stages on a page: the main line downwards, steps back on the left, other ways on the right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from ikz_workflow.definition import Definition, Transition
from ikz_workflow.exchange.lettering import broken
from ikz_workflow.language import gettext as _
from ikz_workflow.wording import condition_phrase

WIDTH = 680.0  # four units make a millimetre of the type area of an A4 page, 170 mm
MARGIN, LANE, BOX = 6.0, 15.0, 190.0
SIDE_ROOM = 138.0  # for the label of a way at the side
SMALL, LINE = 11.0, 14.0  # font size of labels, from line to line
BOLD, BOLD_LINE = 12.5, 16.0  # the same for stages
_GAP, _PAD, _ARRIVAL = 18.0, 9.0, 16.0

Side = Literal["left", "right"]


class Text(Struct, frozen=True):
    """One line of a label; `kind` is label, gate or when (the condition of a gate)."""

    kind: str
    text: str


class Box(Struct, frozen=True):
    """A stage with its place."""

    name: str
    lines: tuple[str, ...]
    final: bool
    y: float
    height: float


class Way(Struct, frozen=True):
    """A transition at the side, or several on the main line: from height to height, in a lane, with its label."""

    side: Side | Literal["main"]
    start: float
    end: float
    lane: int
    back: bool
    label: tuple[Text, ...]


class Layout(Struct, frozen=True):
    """Everything placed; `x` is the left edge of the stages."""

    x: float
    height: float
    lanes: tuple[int, int]
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]


class _Edge(Struct):
    """A way at the side while its place is sought."""

    source: int
    target: int
    side: Side
    transition: Transition
    label: tuple[Text, ...] = ()
    lane: int = 0

    @property
    def reach(self) -> tuple[int, int]:
        return min(self.source, self.target), max(self.source, self.target)

    @property
    def turn(self) -> int:
        """Return its place among others; ways to themselves lie within each other."""
        return -self.lane if self.source == self.target else self.lane


def placed(definition: Definition) -> Layout:
    """Return the stages and ways with their places; the same definition always gives the same."""
    order = list(definition.stages)
    edges, main = _edges(definition, order)
    left, right = (_lanes([edge for edge in edges if edge.side == side]) for side in ("left", "right"))
    x = MARGIN + LANE * left + (SIDE_ROOM if left else 0)
    room = WIDTH - MARGIN - LANE * right - x - BOX / 2 - 16
    rooms = {"left": SIDE_ROOM - 22, "right": room - BOX / 2 - 6}
    boxes, ways, y = list[Box](), list[Way](), MARGIN
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    explained: set[str] = set()
    for number, stage in enumerate(definition.stages.values()):
        for edge in edges:
            if edge.source == number:
                edge.label = tuple(_label(definition, edge.transition, rooms[edge.side], explained))
        lines = tuple(broken(stage.label, BOLD, BOX - 20, bold=True))
        height = max(len(lines) * BOLD_LINE + 2 * _PAD, *(_sides(number, edges, y, starts, ends)))
        boxes.append(Box(stage.name, lines, stage.final, y, height))
        y += height
        label = tuple(text for one in main.get(number, ()) for text in _label(definition, one, room, explained))
        gap = max(2.4 * _GAP, len(label) * LINE + _GAP) if label else _GAP
        if label:
            ways.append(Way("main", y, y + gap, 0, False, label))
        y += gap if number < len(order) - 1 else MARGIN
    for place, edge in enumerate(edges):
        back = edge.target < edge.source
        ways.append(Way(edge.side, starts[place], ends[place], edge.lane, back, edge.label))
    return Layout(x, y, (left, right), tuple(boxes), tuple(ways))


def _edges(definition: Definition, order: list[str]) -> tuple[list[_Edge], dict[int, list[Transition]]]:
    """Return the ways at the sides, and by stage those that lead to the one below."""
    edges: list[_Edge] = []
    main: dict[int, list[Transition]] = {}
    for source, stage in enumerate(definition.stages.values()):
        for transition in stage.transitions.values():
            target = order.index(transition.to)
            if target == source + 1:
                main.setdefault(source, []).append(transition)
            else:
                edges.append(_Edge(source, target, "left" if target < source else "right", transition))
    return edges, main


def _label(definition: Definition, transition: Transition, room: float, explained: set[str]) -> Iterable[Text]:
    """Yield the lines of a transition's label: its name, the gates it demands, where a gate comes first also when it
    applies."""
    for line in broken(transition.label, SMALL, room):
        yield Text("label", line)
    for need in transition.requires:
        for name in need.names if need.kind == "gate" else ():
            gate = definition.gates[name]
            for number, line in enumerate(broken(gate.label, SMALL, room - 14)):
                yield Text("gate" if number == 0 else "more", line)
            condition = need.when or (None if name in explained else gate.when)
            explained.add(name)
            if condition:
                when = _("wenn {condition}").format(condition=condition_phrase(definition, condition))
                for line in broken(when, SMALL - 1.5, room - 14):
                    yield Text("when", line)


def _lanes(edges: list[_Edge]) -> int:
    """Give each way a lane, the shorter the nearer, so that no two share a stretch; return how many lanes it takes."""
    taken: list[list[tuple[int, int]]] = []
    for edge in sorted(edges, key=lambda edge: (edge.reach[1] - edge.reach[0], edge.reach)):
        low, high = edge.reach
        free = (n for n, lane in enumerate(taken) if all(high < begin or end < low for begin, end in lane))
        edge.lane = next(free, len(taken))
        if edge.lane == len(taken):
            taken.append([])
        taken[edge.lane].append((low, high))
    return len(taken)


def _sides(
    number: int, edges: list[_Edge], top: float, starts: dict[int, float], ends: dict[int, float]
) -> tuple[float, float]:
    """Give the ways of a stage their heights on both sides; return how high the stage has to be for each.

    Ways that come from above or go there have the upper places, so that lines at one side rarely cross.
    """
    heights = {"left": _PAD, "right": _PAD}
    for upper in (True, False):
        for side in ("left", "right"):
            mine = [(place, edge) for place, edge in enumerate(edges) if edge.side == side]
            going = [one for one in mine if one[1].source == number and _is_upper(one[1], True) is upper]
            coming = [one for one in mine if one[1].target == number and _is_upper(one[1], False) is upper]
            direction = 1 if upper else -1
            for place, edge in sorted(going, key=lambda one: direction * one[1].turn):
                heights[side] += len(edge.label) * LINE + 6
                starts[place] = top + heights[side]
                heights[side] += 4
            for place, _edge in sorted(coming, key=lambda one: direction * one[1].turn):
                heights[side] += _ARRIVAL
                ends[place] = top + heights[side] - _ARRIVAL / 2
    return heights["left"] + _PAD, heights["right"] + _PAD


def _is_upper(edge: _Edge, leaves: bool) -> bool:
    """Tell whether a way touches its stage in the upper part; a way to itself leaves above and arrives below."""
    if edge.source == edge.target:
        return leaves
    return (edge.target < edge.source) if leaves else (edge.source < edge.target)
