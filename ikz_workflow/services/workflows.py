"""List, check and show workflow definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from ikz_workflow import german, resources
from ikz_workflow.definition import Definition, Source, read
from ikz_workflow.definition.narrowing import narrowed
from ikz_workflow.definition.reading import DIRECTION_LABELS
from ikz_workflow.errors import DefinitionError, InvalidInput, Problem, StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import CATALOGUE_FILES, source_of, template_kinds
from ikz_workflow.services.files import write_file
from ikz_workflow.services.forms import valid_forms
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import read_file
from ikz_workflow.services.starting import start_problems

MAX_TEXT = 2**20


def names(home: Home) -> list[str]:
    """Return the names of all workflows."""
    return [file.removesuffix(".toml") for file in sorted(resources.names(home.path, "workflows", "*.toml"))]


def definition(home: Home, name: str) -> Definition:
    """Return a workflow as its file stands now. NotFound, DefinitionError."""
    return read(source_of(home, name), template_kinds(home))


class Narrowed(Struct, frozen=True):
    """A definition for one direction or legal form, and a sentence that says so."""

    definition: Definition
    told: str


def narrowed_definition(home: Home, name: str, direction: str | None, form: str | None) -> Narrowed:
    """Return a workflow without what can never apply in a direction or with a legal form, as of today's law.

    Both None: the whole definition. NotFound for a form unknown, InvalidInput for one not meant for the direction.
    """
    whole = definition(home, name)
    if direction is None and form is None:
        return Narrowed(whole, "")
    way = inputs.choice("--direction", direction, DIRECTION_LABELS) if direction else ""
    rows = valid_forms(home, home.today.isoformat())
    possible = [row for row in rows if not way or way in row.directions]
    if form is not None:
        key = inputs.choice("--legal-form", form, {row.key: row.label for row in rows})
        possible = [row for row in possible if row.key == key]
        if not possible:
            why = _("Diese Rechtsform ist für die Richtung „{way}“ nicht vorgesehen.").format(way=way)
            raise InvalidInput("--legal-form", form, why)
    labels = ", ".join(row.label for row in possible)
    told = _("Richtung: {way}. ").format(way=way) if way else ""
    told += (
        _("Rechtsform: {labels}.").format(labels=labels)
        if form
        else _("Mögliche Rechtsformen: {labels}.").format(labels=labels)
    )
    return Narrowed(narrowed(whole, possible, way), told)


def write_text(target: Path, text: str) -> None:
    """Write a text to a file, whole or not at all. StorageError if it cannot be written."""
    try:
        write_file(target, text.encode("utf-8"))
    except OSError as error:
        what = _("{target} lässt sich nicht schreiben ({why}).")
        raise StorageError(
            what.format(target=target, why=german.refusal(error)), _("Bitte einen anderen Ort nennen.")
        ) from None


def overview(home: Home) -> dict[str, Definition | tuple[Problem, ...]]:
    """Return every workflow by name, or in its place what is wrong with it."""
    found: dict[str, Definition | tuple[Problem, ...]] = {}
    for name in names(home):
        try:
            found[name] = definition(home, name)
        except DefinitionError as error:
            found[name] = error.problems
    return found


def definitions(home: Home) -> list[Definition]:
    """Return all workflows that are without fault."""
    return [one for one in overview(home).values() if isinstance(one, Definition)]


def problems(home: Home, files: Sequence[Path] = ()) -> list[Problem]:
    """Return every fault of the named workflow files, or of all workflows."""
    faults = [found for _source, found in _each(home, files) if isinstance(found, tuple)]
    return list(dict.fromkeys(problem for some in faults for problem in some))


def faultless(home: Home, files: Sequence[Path] = ()) -> list[tuple[Source, Definition]]:
    """Return the named workflow files, or all workflows, as far as they are without fault."""
    each = _each(home, files)
    return [(source, found) for source, found in each if source is not None and isinstance(found, Definition)]


def _each(home: Home, files: Sequence[Path]) -> Iterator[tuple[Source | None, Definition | tuple[Problem, ...]]]:
    """Yield the text of each workflow, if it is one, with its definition or what is wrong with it."""
    known = [partial(source_of, home, name) for name in names(home)]
    makers = [partial(source_of_file, home, path) for path in files] or known
    for make in makers:
        source = None
        try:
            source = make()
            found = read(source, template_kinds(home))
        except DefinitionError as error:
            yield source, error.problems
        else:
            yield source, tuple(start_problems(home, found, source.name, source.workflow)) or found


def source_of_file(home: Home, path: Path) -> Source:
    """Return the texts of a workflow file anywhere, with the catalogues of the home."""
    text = read_file(path, MAX_TEXT).decode("utf-8", errors="replace")
    catalogue = {
        part: resources.text(file)
        for part in CATALOGUE_FILES
        if (file := resources.find(home.path, "workflows", f"catalogue/{part}.toml")) is not None
    }
    return Source(path.name, text, catalogue)
