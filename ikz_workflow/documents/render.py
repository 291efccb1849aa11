"""Rendering a compiled template with a context into a Word file."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType

import jinja2

from ikz_workflow.documents import bounds, sandbox
from ikz_workflow.documents.finish import Finished, finish
from ikz_workflow.documents.markdown import Template
from ikz_workflow.documents.package import Design, TextDraft
from ikz_workflow.documents.quoting import heading_before, sentence, told
from ikz_workflow.documents.source import Faults
from ikz_workflow.documents.values import Open, Stamp, refuse_unprintable
from ikz_workflow.errors import DocumentError, InvalidInput, Problem

Context = dict[str, object]
_TAG = re.compile(r"\{[{%].*[}%]\}")

# What a template can provoke with the values it gets; anything else is a bug of ours and stays one.
AUTHORS_ERRORS = (jinja2.TemplateError, bounds.Unprintable, TypeError, ValueError, LookupError, ArithmeticError)


def render(template: Template, context: Context, stamp: Stamp, design: Design) -> bytes:
    """Return the Word file of a template: the same arguments give the same bytes.

    `context` holds dict, list, str, int, bool, None, Open. Raise InvalidInput for a character that XML cannot hold,
    DocumentError with the template's line for what else cannot be printed.
    """
    return draft(template, context, design).sealed(stamp).content


def draft(template: Template, context: Context, design: Design) -> TextDraft:
    """Return the document of a template, but for its stamp; raises as `render` does."""
    made = body_of(template, context)
    title = _text(template, template.title, context) if template.title else None
    return design.draft(made.body, title, design.drawn(made.charts), letter=made.letter)


def body_of(template: Template, context: Context) -> Finished:
    """Return the finished body of a document; raises as `render` does."""
    faults = Faults(template.name)
    made = finish(_text(template, template.body, context), faults)
    faults.stop()
    return made


def title_of(template: Template, context: Context) -> str:
    """Return the document's title as the template's front matter words it, empty where it has none."""
    return _text(template, template.title, context)


def _refuse(value: object, path: str) -> None:
    """Raise InvalidInput with the way to the first value that holds a character no document can."""
    if isinstance(value, str):
        refuse_unprintable(path, value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, 1):
            _refuse(inner, f"{path}[{number}]")
    elif isinstance(value, Open):
        refuse_unprintable(path, value.label)


@lru_cache(maxsize=128)
def _compiled(text: str) -> jinja2.Template:
    return sandbox.compiled(text)


def run(text: str, context: Context, refusal: Callable[[int, str], DocumentError]) -> str:
    """Return what a compiled text prints; `refusal` makes the error out of the line and the reason."""
    bounds.begin()
    try:
        return _compiled(text).render(context)
    except InvalidInput:
        _refuse(context, "")  # names the value; what printed it knows only the text
        raise
    except AUTHORS_ERRORS as error:
        line = line_of(error.__traceback__)
        if line is None:
            raise
        raise refusal(line, reason(error)) from error


def line_of(trace: TracebackType | None) -> int | None:
    """Return the innermost template line of a traceback; Jinja names its code `<template>`."""
    line = None
    while trace:
        if trace.tb_frame.f_code.co_filename == sandbox.TEMPLATE_CODE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def reason(error: Exception) -> str:
    """Return why a tag cannot be printed."""
    if isinstance(error, jinja2.TemplateError | bounds.Unprintable):
        return str(error)
    if isinstance(error, TypeError):
        return "Der Ausdruck vergleicht oder verrechnet Werte, die nicht zueinander passen (etwa Zahl, Text, leer)."
    return f"Der Ausdruck lässt sich mit diesen Werten nicht auswerten ({error})."


def _text(template: Template, text: str, context: Context) -> str:
    def refusal(line: int, why: str) -> DocumentError:
        lines = template.source.split("\n")
        source = lines[line - 1] if 0 < line <= len(lines) else ""
        first = _TAG.search(source)
        quote = sentence(source, *(first.span() if first else (0, len(source))))
        under = heading_before("\n".join(lines[: line - 1]), len(template.source))
        return DocumentError(template.name, (Problem(template.name, line, why + told(quote, under)),))

    return run(text, context, refusal)
