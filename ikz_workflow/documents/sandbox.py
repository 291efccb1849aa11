"""The Jinja a template may speak: few statements, few filters, plain values, every printed value escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, nodes
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from ikz_workflow.documents.bounds import LISTS, MOST_NUMBER, Unprintable, added, bounded, spend, spent, turns, weighed
from ikz_workflow.documents.values import UNPRINTABLE, Open
from ikz_workflow.documents.wordml import (
    ANY_MARK,
    CLOSE_T,
    MARK,
    OPEN_RUN,
    OPEN_T,
    RUN_PROPERTIES,
    escape,
    kept,
    mark,
    words,
)
from ikz_workflow.errors import near, suggestion

TEMPLATE_CODE = "<template>"  # how Jinja names the code of a template
KEYWORDS = ("if", "elif", "else", "endif", "for", "endfor", "set")
_LOOP = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})
_BORROWED_FILTERS = ("first", "last", "length", "list", "map", "rejectattr", "selectattr", "sort")
_BORROWED_TESTS = (
    "defined",
    "undefined",
    "none",
    "string",
    "number",
    "sameas",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "in",
)
_ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign,
    nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test, nodes.Keyword,
    nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub, nodes.Neg,
    nodes.List, nodes.Tuple,
)  # fmt: skip
_WHY_NOT: dict[type[nodes.Node], str] = {
    nodes.Call: "Aufrufe mit Klammern gibt es in Vorlagen nicht",
    nodes.Concat: "Verketten mit ~ gibt es nicht, bitte die Ausgaben nebeneinander schreiben",
    nodes.AssignBlock: "set braucht hier die Form {% set name = wert %}",
}
_NOTHING = object()
_AROUND = 64  # characters of XML around a paragraph's words
_LONGEST_TAG = 500
_DEEPEST_TAG = 30
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_LISTED = re.compile(r"([–•-]|[0-9]{1,2}[.)]|[a-z]\))[ \t]+(?=\S)")  # a line of a list, as people type it
_NO_WORDS = re.compile(f"<[^>]*>|{ANY_MARK.pattern}")
_OPEN_POINT = f"{MARK}O "


class Missing(StrictUndefined):
    """A name or key the context does not have: every use of it is an error in German."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return f"Ein Wert fehlt ({self._undefined_hint})."
        return f"Den Namen „{self._undefined_name}“ gibt es nicht."


class Joined(tuple[object, ...]):
    """The pieces the join filter leaves side by side, so that open information among them stays visible."""

    __slots__ = ()


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja that reaches keys of plain dicts and items of lists, and nothing else of Python."""

    intercepted_binops = frozenset({"+", "-", "*", "**", "%", "/", "//"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the result of an operator, counted."""
        return added(super().call_binop(context, operator, left, right))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a key of a dict; open information stays open; anything else is missing."""
        if isinstance(obj, dict):
            found = obj.get(attribute, _NOTHING)
            if found is not _NOTHING:
                return found
        elif isinstance(obj, Open):
            return obj
        elif isinstance(obj, Undefined) or (isinstance(obj, LoopContext) and attribute in _LOOP):
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an item of a list by number, or a key of a dict."""
        if isinstance(obj, LISTS) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else self.undefined(obj=obj, name=str(argument))
        return self.getattr(obj, argument)


def _plain(value: object) -> str:
    """Return what a value reads as; refuse what no reader should meet."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Undefined):
        return str(value)  # raises, naming what is missing; a trial notes it
    if value is None:
        raise Unprintable("Der Wert ist leer (None). Für fehlende Angaben ist Open(…) vorgesehen.")
    raise Unprintable(f"Ein Wert der Art {type(value).__name__} lässt sich nicht drucken.")


def _open_run(value: Open, properties: str) -> str:
    # Leaves the run of its surroundings, comes back into one like it. The mark is replaced when all is finished.
    return (
        f"{CLOSE_T}</w:r>"
        f"<w:r>{OPEN_RUN}{OPEN_T}{mark('O', escape(value.label))}{CLOSE_T}</w:r>"
        f"<w:r>{properties}{OPEN_T}"
    )


def _inside_run(value: object, properties: str) -> str:
    """Return a value inside an open run of these properties."""
    if isinstance(value, str):
        return spent(words(value))
    if isinstance(value, Open):
        return spent(_open_run(value, properties))
    if isinstance(value, Joined):
        return "".join(_inside_run(piece, properties) for piece in value)
    return spent(words(_plain(value)))


def _paragraphs(value: object, first: str, later: str, line: str = "", needed: bool = False, run: str = "") -> str:
    """Return one paragraph per block of text between blank lines; `needed` keeps an empty one (in a table cell).

    A line that begins with a dash, a bullet, a number becomes a paragraph of its own with the properties `line`.
    """
    if isinstance(value, str) and value and "\n" not in value and value[-1] != ":":
        return spent(f"<w:p>{first}<w:r>{run}{OPEN_T}{words(value)}{CLOSE_T}</w:r></w:p>")
    shown = _blocks(value, line)
    if not shown:
        return f"<w:p>{first}</w:p>" if needed else ""
    spend(len(shown) * (len(later) + _AROUND))
    start = [first] + [later] * (len(shown) - 1)
    return "".join(
        f"<w:p>{_announcing(own or properties, text)}<w:r>{run}{OPEN_T}{_inside_run(text, run)}{CLOSE_T}</w:r></w:p>"
        for properties, (own, text) in zip(start, shown, strict=True)
    )


def _spread(value: object, later: str, line: str, run: str = "") -> str:
    """Return a value at the end of a paragraph, inside an open run: what follows its first block are paragraphs.

    They have the properties `later`, or those of a `line` of a list; the run of the last one is left open.
    """
    if not isinstance(value, str) or "\n" not in value:
        return _inside_run(value, run)
    shown = _blocks(value, line) or [("", "")]
    text = "" if shown[0][0] else str(shown.pop(0)[1])
    spend(len(shown) * (len(later) + _AROUND))
    out = [_inside_run(text, run)]
    keep = mark("keep") if shown and (not text or text.endswith(":")) else ""
    for own, block in shown:
        start = f"<w:p>{_announcing(own or later, block)}<w:r>{run}{OPEN_T}"
        out += (f"{CLOSE_T}</w:r></w:p>", keep, start, _inside_run(block, run))
        keep = ""
    return "".join(out)


def _blocks(value: object, line: str) -> list[tuple[str, object]]:
    """Return what is a paragraph each in a value, with properties of its own where it is a line of a list."""
    if not isinstance(value, str):
        return [("", value)]
    blocks = _BLANK_LINES.split(value.strip("\r\n").replace("\r\n", "\n"))
    return [part for block in blocks if block for part in _listed(block, line)]


def _announcing(properties: str, text: object) -> str:
    """Return the properties of a paragraph; what a colon announces begins on the page of the colon."""
    return kept(properties) if isinstance(text, str) and text.endswith(":") else properties


def _listed(block: object, line: str) -> list[tuple[str, object]]:
    """Return a block's parts with properties of their own: lines of a list apart, the words between as they are."""
    if not line or not isinstance(block, str) or "\n" not in block or not any(map(_LISTED.match, block.split("\n"))):
        return [("", block)]
    parts: list[tuple[str, object]] = []
    for text in block.split("\n"):
        if _LISTED.match(text):
            parts.append((line, _LISTED.sub("\\1\t", text, count=1)))
        elif parts and not parts[-1][0]:
            parts[-1] = ("", f"{parts[-1][1]}\n{text}")
        else:
            parts.append(("", text))
    return parts


def _title_text(value: object) -> str:
    if isinstance(value, Open):
        return str(value)
    if isinstance(value, Joined):
        return "".join(_title_text(piece) for piece in value)
    return spent(_plain(value))


def _join(environment: Sandbox, value: Iterable[object], separator: str = "", attribute: str | None = None) -> Joined:
    items = [item if attribute is None else environment.getattr(item, attribute) for item in value]
    pieces: list[object] = []
    for item in items:
        pieces += [separator, item] if pieces else [item]
    return weighed(Joined(pieces))  # type: ignore[no-any-return]


_join.jinja_pass_arg = FILTERS["join"].jinja_pass_arg  # type: ignore[attr-defined]


def _default(value: object, instead: object = "") -> object:
    return instead if value is None or isinstance(value, Open | Undefined) else value


def _reworded(name: str) -> Any:
    """Return a filter that changes texts by a method of str, leaves open information alone."""

    def reword(value: object) -> object:
        return value if isinstance(value, Open) else getattr(spent(_plain(value)), name)()

    return reword


def _has_words(xml: str) -> bool:
    return bool(_NO_WORDS.sub("", spent(xml)).strip()) or _OPEN_POINT in xml


_AUTHORS_FILTERS: dict[str, Any] = {name: FILTERS[name] for name in _BORROWED_FILTERS} | {
    "join": _join,
    "default": _default,
    "upper": _reworded("upper"),
    "lower": _reworded("lower"),
    "trim": _reworded("strip"),
    "unpunctuated": lambda value: value if isinstance(value, Open) else spent(_plain(value)).rstrip(" .,;:\n"),
}
# Only compiled templates use these; a template that names them itself is refused.
_OUR_FILTERS: dict[str, Any] = {
    "_0": lambda value: _inside_run(value, RUN_PROPERTIES[0]),
    "_1": lambda value: _inside_run(value, RUN_PROPERTIES[1]),
    "_2": lambda value: _inside_run(value, RUN_PROPERTIES[2]),
    "_3": lambda value: _inside_run(value, RUN_PROPERTIES[3]),
    "_run": _inside_run,
    "_paragraphs": _paragraphs,
    "_spread": _spread,
    "_title": _title_text,
    "_escaped": lambda value: escape(_title_text(value)),
    "_words": _has_words,
    "_turns": turns,
    "_weighed": weighed,
}


def environment(filters: dict[str, Any], undefined: type[Undefined] = Missing) -> Sandbox:
    """Return the sandbox with these filters."""
    made = Sandbox(undefined=undefined, autoescape=False, cache_size=0, keep_trailing_newline=True)
    made.globals.clear()
    made.filters = filters
    made.tests = {name: TESTS[name] for name in _BORROWED_TESTS} | {"open": lambda value: isinstance(value, Open)}
    return made


AUTHORS = environment(_AUTHORS_FILTERS)  # parses what a template says: knows only what authors may use
RUNNING_FILTERS = _AUTHORS_FILTERS | _OUR_FILTERS
OURS = environment(RUNNING_FILTERS)  # runs what the compiler made of it


def compiled(text: str, in_: Sandbox = OURS) -> Template:
    """Return what the compiler made of a template, ready to run: it counts what it costs."""
    return in_.from_string(bounded(in_.parse(text), frozenset(_AUTHORS_FILTERS)))


def syntax_fault(role: str, code: str) -> str | None:
    """Return what is wrong with one tag on its own, or None."""
    if len(code) > _LONGEST_TAG:
        return f"Der Ausdruck ist zu lang ({len(code)} Zeichen, höchstens {_LONGEST_TAG})."
    if role == "print":
        return _parse_fault(f"{{{{ {code} }}}}") if code else "Der Ausdruck ist leer."
    keyword = code.split(None, 1)[0] if code else ""
    if keyword not in KEYWORDS:
        return f"„{keyword}“ ist kein Steuerwort{_instead(keyword, KEYWORDS)}"
    around = {
        "if": ("", "{% endif %}"), "elif": ("{% if true %}", "{% endif %}"), "for": ("", "{% endfor %}"),
    }  # fmt: skip
    if keyword in ("else", "endif", "endfor"):
        return None if code == keyword else f"Nach „{keyword}“ darf nichts stehen."
    before, after = around.get(keyword, ("", ""))
    return _parse_fault(f"{before}{{% {code} %}}{after}")


@lru_cache(maxsize=4_096)  # a template is looked at several times when it is checked
def _parse_fault(text: str) -> str | None:
    try:
        tree = AUTHORS.parse(text)
    except TemplateSyntaxError as error:
        return _why_not_understood(str(error.message))
    except RecursionError:
        return _TOO_DEEP
    if _is_deep(tree):
        return _TOO_DEEP
    return next(_forbidden(tree), None)


def _why_not_understood(message: str) -> str:
    """Return in German what Jinja has against an expression."""
    character = re.match(r"unexpected char '(.)'", message)
    if character and character[1] in "„“”‟‚‘’‛«»‹›":
        return (
            f"Das Anführungszeichen {character[1]} versteht die Vorlage in Klammern nicht; "
            'dort stehen gerade Anführungszeichen: "…".'
        )
    token = re.match(r"expected token '(.+)', got '(.+)'", message)
    if character:
        why = f"Das Zeichen {character[1]} gehört nicht hierher."
    elif token and token[1].startswith("end of"):
        why = f"Bei „{token[2]}“ müsste er zu Ende sein."
    elif token:
        why = f"Erwartet wird „{token[1]}“, da steht „{token[2]}“."
    else:
        why = message
    return f"Der Ausdruck ist so nicht verständlich. {why}"


_TOO_DEEP = "Der Ausdruck ist zu tief verschachtelt. Mit {% set name = … %} lässt er sich teilen."


def _is_deep(tree: nodes.Node) -> bool:
    level: list[nodes.Node] = [tree]
    for _depth in range(_DEEPEST_TAG):
        level = [child for node in level for child in node.iter_child_nodes()]
    return bool(level)


def _instead(name: str, known: Iterable[str]) -> str:
    return f" (möglich: {', '.join(sorted(known))}).{suggestion(near(name, known)[:1])}"


def _constant_fault(value: object) -> str:
    if isinstance(value, float):
        return 'Kommazahlen gibt es in Vorlagen nicht; als Text schreiben: "0,5".'
    if isinstance(value, int) and abs(value) > MOST_NUMBER:
        return "Die Zahl ist zu groß."
    if isinstance(value, str) and (found := UNPRINTABLE.search(value)):
        return f"Das Zeichen U+{ord(found[0]):04X} kann kein Dokument aufnehmen."
    return ""


def _forbidden(tree: nodes.Node) -> Iterator[str]:
    for node in [tree, *tree.find_all(nodes.Node)]:
        if not isinstance(node, _ALLOWED_NODES):
            why = _WHY_NOT.get(type(node), f"„{type(node).__name__}“ gibt es in Vorlagen nicht")
            yield f"{why}."
        elif isinstance(node, nodes.Const) and (fault := _constant_fault(node.value)):
            yield fault
        elif isinstance(node, nodes.For) and node.recursive:
            yield "Rekursive Schleifen gibt es in Vorlagen nicht."
        elif isinstance(node, nodes.Filter) and node.name not in AUTHORS.filters:
            yield f"Den Filter „{node.name}“ gibt es nicht{_instead(node.name, AUTHORS.filters)}"
        elif isinstance(node, nodes.Test) and node.name not in AUTHORS.tests:
            yield f"Den Test „{node.name}“ gibt es nicht{_instead(node.name, AUTHORS.tests)}"
        elif isinstance(node, nodes.Name) and node.name.startswith("_"):
            yield f"Namen dürfen nicht mit _ beginnen: „{node.name}“."
        elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            yield f"Namen dürfen nicht mit _ beginnen: „{node.attr}“."


def names_used(tags: str) -> set[str]:
    """Return the dotted names a text of Jinja tags takes from its context; what the text itself binds is left out."""
    found: set[str] = set()
    _collect(AUTHORS.parse(tags), frozenset({"loop"}), found)
    return found


def _collect(node: nodes.Node, bound: frozenset[str], found: set[str]) -> frozenset[str]:
    """Add the names below `node` to `found`, return the names bound after it."""
    path = _dotted(node)
    if path:
        if path.split(".")[0] not in bound:
            found.add(path)
        return bound
    if isinstance(node, nodes.For):
        _collect(node.iter, bound, found)
        inside = bound | _targets(node.target)
        for part in ([node.test] if node.test else []) + node.body:
            inside = _collect(part, inside, found)
        for part in node.else_:
            bound = _collect(part, bound, found)
        return bound
    if isinstance(node, nodes.Assign):
        _collect(node.node, bound, found)
        return bound | _targets(node.target)
    for child in node.iter_child_nodes():
        bound = _collect(child, bound, found)
    return bound


def _targets(target: nodes.Node) -> frozenset[str]:
    names = [target, *target.find_all(nodes.Name)]
    return frozenset(name.name for name in names if isinstance(name, nodes.Name))


def _dotted(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name if node.ctx == "load" else ""
    if isinstance(node, nodes.Getattr):
        above = _dotted(node.node)
        return f"{above}.{node.attr}" if above else ""
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        above = _dotted(node.node)
        return f"{above}.{node.arg.value}" if above else ""
    return ""
