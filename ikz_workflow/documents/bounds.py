"""How much work and output one rendering may cost: counted step by step, never timed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any, cast

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

MOST = 20_000_000  # a character printed is one; fields filled to the brim come to a quarter of it
MOST_NUMBER = 10**15
DEEPEST_VALUE = 20
_STEP = 20  # one turn of a loop, besides what it writes; one item of a list
# Made once: `list | tuple` would be made anew for each of thousands of values.
LISTS = (list, tuple)
_SIZED = (list, tuple, dict)

_left: ContextVar[list[int]] = ContextVar("left")


class Unprintable(ValueError):
    """A template printed what is no text, or without end; the text says why."""


def begin() -> None:
    """Give the rendering that begins here its whole measure."""
    _left.set([MOST])


def spend(amount: int) -> None:
    """Count `amount` steps or characters. Unprintable once the measure is full."""
    left = _left.get()
    left[0] -= amount
    if left[0] < 0:
        raise Unprintable("Das Dokument würde zu groß: Die Vorlage wiederholt zu viel.")


def spent(text: str) -> str:
    """Return a text that is printed, counted."""
    spend(len(text) + 1)
    return text


def weighed(value: Any) -> Any:
    """Return the value, counted with everything in it; what comes piece by piece is counted piece by piece."""
    if isinstance(value, str):
        spend(1 + (len(value) >> 6))
    elif isinstance(value, LISTS):
        _weigh(value)
    elif isinstance(value, Iterator):
        return _counted(value, _STEP)
    return value


def _weigh(value: Sequence[Any]) -> None:
    level, depth = [value], 1
    while level:
        if depth > DEEPEST_VALUE:
            raise Unprintable(f"Listen lassen sich höchstens {DEEPEST_VALUE}-mal ineinander legen.")
        spend(_STEP * sum(1 + len(one) for one in level))
        level = [inner for one in level for inner in one if isinstance(inner, LISTS)]
        depth += 1


def turns(value: Any, weight: int) -> Any:
    """Return what a loop goes over, its turns counted; `weight` is what each writes. Unprintable for a text."""
    if isinstance(value, str):
        raise Unprintable("Eine Schleife braucht eine Liste; das ist ein Text.")
    if isinstance(value, Iterator):
        return _counted(value, weight)
    if isinstance(value, _SIZED):
        spend(len(value) * weight)
    return weighed(value)


def _counted(values: Iterator[object], weight: int) -> Iterator[object]:
    for value in values:
        spend(weight)
        yield value


def added(value: Any) -> Any:
    """Return the result of an addition or subtraction, counted. Unprintable for a number without measure."""
    if isinstance(value, int) and abs(value) > MOST_NUMBER:
        raise Unprintable("Die Zahl wird zu groß.")
    return spent(value) if isinstance(value, str) else weighed(value)


class _Bounder(NodeTransformer):
    """Puts the counting around everything in a parsed template that can repeat or grow."""

    def __init__(self, filters: frozenset[str]) -> None:
        self._filters = filters

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  Jinja's name
        self.generic_visit(node)
        node.iter = _through("turns", node.iter, nodes.Const(_STEP + _written(node.body)))
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.name in self._filters and node.node is not None:
            node.node = _through("weighed", node.node)
            node.args = [_through("weighed", one) for one in node.args]
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.args:
            node.node = _through("weighed", node.node)
            node.args = [_through("weighed", one) for one in node.args]
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _through("weighed", node.expr)
        for operand in node.ops:
            operand.expr = _through("weighed", operand.expr)
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through("weighed", node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through("weighed", node) if node.ctx == "load" else node


def _through(name: str, node: nodes.Node, *arguments: nodes.Expr) -> nodes.Expr:
    if isinstance(node, nodes.Const):
        return node
    # What a loop goes over is an expression; Jinja's own hint for it is wider.
    return nodes.Filter(cast("nodes.Expr", node), f"_{name}", list(arguments), [], None, None, lineno=node.lineno)


def _written(body: Sequence[nodes.Node]) -> int:
    """Return how many characters one turn of a loop writes by itself; a loop inside it counts its own."""
    total, ahead = 0, list(body)
    while ahead:
        node = ahead.pop()
        if isinstance(node, nodes.TemplateData):
            total += len(node.data)
        elif not isinstance(node, nodes.For):
            ahead += node.iter_child_nodes()
    return total


def bounded(tree: nodes.Template, filters: frozenset[str]) -> nodes.Template:
    """Return a parsed template whose loops, lists, comparisons and `filters` count what they do."""
    _Bounder(filters).visit(tree)
    return tree
