"""List, check and show workflow definitions and templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from ikz_workflow import resources
from ikz_workflow.definition import Definition, Source, read
from ikz_workflow.errors import DefinitionError, DocumentError, IkzError, Problem, near, suggestion
from ikz_workflow.language import gettext as _
from ikz_workflow.services.cases import CATALOGUE_FILES, source_of, template_kinds
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import read_file

MAX_TEXT = 2**20


class TemplateInfo(Struct, frozen=True):
    """A template with where it comes from and what is wrong with it."""

    kind: str
    label: str
    path: str
    own: bool
    problems: tuple[Problem, ...]


def names(home: Home) -> list[str]:
    """Return the names of all workflows."""
    return [file.removesuffix(".toml") for file in sorted(resources.names(home.path, "workflows", "*.toml"))]


def definition(home: Home, name: str) -> Definition:
    """Return a workflow as its file stands now. NotFound, DefinitionError."""
    return read(source_of(home, name), template_kinds(home))


def definitions(home: Home) -> list[Definition]:
    """Return all workflows that are without fault."""
    found = []
    for name in names(home):
        try:
            found.append(definition(home, name))
        except DefinitionError:
            continue  # its faults are named by `problems`
    return found


def problems(home: Home, files: Sequence[Path] = ()) -> list[Problem]:
    """Return every fault of the named workflow files, or of all workflows and the templates they use."""
    sources = [_source(home, path) for path in files] or [source_of(home, name) for name in names(home)]
    found: list[Problem] = []
    for source in sources:
        try:
            read(source, template_kinds(home))
        except DefinitionError as error:
            found.extend(problem for problem in error.problems if problem not in found)
    if not files:
        found.extend(problem for info in templates(home) for problem in info.problems)
    return found


def _source(home: Home, path: Path) -> Source:
    text = read_file(path, MAX_TEXT).decode("utf-8", errors="replace")
    catalogue = {
        part: resources.text(file)
        for part in CATALOGUE_FILES
        if (file := resources.find(home.path, "workflows", f"catalogue/{part}.toml")) is not None
    }
    return Source(path.name, text, catalogue)


def templates(home: Home) -> list[TemplateInfo]:
    """Return all templates, each tried, with everything that is wrong with it."""
    found = resources.names(home.path, "templates", "*.md.j2")
    return [template(home, path) for _name, path in sorted(found.items())]


def template(home: Home, path: Path) -> TemplateInfo:
    """Return a template with all its faults: syntax, names no workflow knows, what fails when it is tried."""
    from ikz_workflow.documents.markdown import compile_template

    source = read_file(path, MAX_TEXT).decode("utf-8", errors="replace")
    kind, own = path.name.removesuffix(".md.j2"), path.is_relative_to(home.path)
    try:
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
    """Render with sample data, full and empty, and return what fails."""
    from ikz_workflow.documents.context import context_of
    from ikz_workflow.documents.markdown import compile_template
    from ikz_workflow.documents.render import render
    from ikz_workflow.documents.sample import material
    from ikz_workflow.documents.values import Stamp, short_hash
    from ikz_workflow.services.documents import design

    zero = "0" * 64
    when = datetime(2026, 11, 22, tzinfo=UTC)
    stamp = Stamp("IKZ-2026-0001", "Probe", "Probe", 1, 1, short_hash(zero), zero, when, "Probe", True)
    faults: list[Problem] = []
    for one in users:
        for full in (True, False):
            try:
                render(compile_template(source, name), context_of(material(one, full=full)), stamp, design(home))
            except DocumentError as error:
                faults.extend(problem for problem in error.problems if problem not in faults)
            except IkzError as error:
                faults.append(Problem(name, None, str(error)))
    return faults
