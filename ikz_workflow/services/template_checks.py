"""List and check templates: everything wrong with them at once, tried with sample data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from ikz_workflow import resources
from ikz_workflow.definition import Definition
from ikz_workflow.errors import DocumentError, IkzError, Problem, near, suggestion
from ikz_workflow.language import gettext as _
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import read_file
from ikz_workflow.services.workflows import definitions, overview

MAX_TEXT = 2**20


class TemplateInfo(Struct, frozen=True):
    """A template with where it comes from and what is wrong with it."""

    kind: str
    label: str
    path: str
    own: bool
    problems: tuple[Problem, ...]


def unchecked(home: Home) -> list[Problem]:
    """Return a line for each workflow that no template could be checked against, because it has faults itself."""
    text = _("Gegen dieses Verfahren ließ sich keine Vorlage prüfen; es hat Fehler: ikz workflow check")
    broken = (name for name, one in overview(home).items() if not isinstance(one, Definition))
    return [Problem(f"{name}.toml", None, text) for name in broken]


def problems(home: Home) -> list[Problem]:
    """Return every fault of every template."""
    return [problem for info in every(home) for problem in info.problems]


def _decoded(path: Path) -> str:
    """Return a template's text. DocumentError if it is not UTF-8."""
    try:
        return read_file(path, MAX_TEXT).decode("utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(path.name, None, _("Die Datei ist kein Text in UTF-8; bitte so speichern."))
        raise DocumentError(path.name, (problem,)) from error


def every(home: Home) -> list[TemplateInfo]:
    """Return all templates, each tried, with everything that is wrong with it."""
    found = resources.names(home.path, "templates", "*.md.j2")
    return [one(home, path) for _name, path in sorted(found.items())]


def one(home: Home, path: Path) -> TemplateInfo:
    """Return a template with all its faults: syntax, names no workflow knows, what fails when it is tried."""
    from ikz_workflow.documents.markdown import compile_template

    kind, own = path.name.removesuffix(".md.j2"), path.is_relative_to(home.path)
    try:
        source = _decoded(path)
        compiled = compile_template(source, path.name)
    except DocumentError as error:
        return TemplateInfo(kind, kind, str(path), own, error.problems)
    users = [one for one in definitions(home) if kind in one.documents]
    faults = _unknown_names(users, compiled.names, path.name, source) or _trial(home, users, source, path.name)
    return TemplateInfo(kind, compiled.label, str(path), own, tuple(faults))


def _unknown_names(users: list[Definition], used: frozenset[str], name: str, source: str) -> list[Problem]:
    from ikz_workflow.documents.sample import names_known

    known = set[str]().union(*(names_known(one) for one in users))
    if not known:
        return []
    faults = []
    for one in sorted(used):
        if one not in known:
            line = next((n for n, text in enumerate(source.split("\n"), 1) if one in text), None)
            text = _("Die Angabe „{name}“ kennt kein Verfahren.").format(name=one)
            faults.append(Problem(name, line, text + suggestion(near(one, known))))
    return faults


def _trial(home: Home, users: list[Definition], source: str, name: str) -> list[Problem]:
    """Render with sample data, empty and full for each kind of legal form, and return what fails."""
    from ikz_workflow.documents.context import context_of
    from ikz_workflow.documents.markdown import compile_template
    from ikz_workflow.documents.render import render
    from ikz_workflow.documents.sample import trials
    from ikz_workflow.documents.values import Stamp, short_hash
    from ikz_workflow.services.documents import design

    zero = "0" * 64
    when = datetime(2026, 11, 22, tzinfo=UTC)
    stamp = Stamp("IKZ-2026-0001", "Probe", "Probe", 1, 1, short_hash(zero), zero, when, "Probe", True)
    faults: list[Problem] = []
    for one in users:
        for material in trials(one):
            try:
                render(compile_template(source, name), context_of(material), stamp, design(home))
            except DocumentError as error:
                faults.extend(problem for problem in error.problems if problem not in faults)
            except IkzError as error:
                faults.append(Problem(name, None, str(error)))
    return faults
