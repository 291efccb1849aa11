"""List, check, copy templates, and name what they may use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ikz_workflow import german, resources
from ikz_workflow.definition import Definition
from ikz_workflow.errors import DocumentError, InvalidInput, NotFound, Problem, StorageError, near, suggestion
from ikz_workflow.language import gettext as _
from ikz_workflow.services import templates
from ikz_workflow.services.files import write_file
from ikz_workflow.services.guidelines import COVER
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import read_file
from ikz_workflow.services.workflows import definitions, overview

if TYPE_CHECKING:
    from ikz_workflow.documents.examining import Finding

MAX_TEXT = 2**20
MAX_WORD = 20 * 2**20


class TemplateInfo(Struct, frozen=True):
    """A template with where it comes from and what is wrong with it; `behind` names the file that goes before it."""

    kind: str
    label: str
    path: str
    own: bool
    is_word: bool
    problems: tuple[Problem, ...]
    behind: str = ""


class Name(Struct, frozen=True):
    """A name a template may use: what it stands for, an example, and whether a loop goes over it."""

    name: str
    label: str
    example: str
    is_list: bool


# ----------------------------------------------------------------------------------------------------------- checking
def every(home: Home) -> list[TemplateInfo]:
    """Return all templates, each tried, with everything that is wrong with it."""
    workflows = definitions(home)
    return [_info(home, workflows, one.path, one.kind, one.behind) for one in templates.files(home)]


def problems(home: Home) -> list[Problem]:
    """Return every fault of every template."""
    return [problem for info in every(home) for problem in info.problems]


def unchecked(home: Home) -> list[Problem]:
    """Return a line for each workflow that no template could be checked against, because it has faults itself."""
    text = _("Gegen dieses Verfahren ließ sich keine Vorlage prüfen; es hat Fehler: ikz workflow check")
    broken = (name for name, one in overview(home).items() if not isinstance(one, Definition))
    return [Problem(f"{name}.toml", None, text) for name in broken]


def one(home: Home, path: Path, kind: str | None = None) -> TemplateInfo:
    """Return a template with all its faults; `kind` says of which document it is, else its file name does."""
    return _info(home, definitions(home), path, kind or kind_of(path), "")


def kind_of(path: Path) -> str:
    """Return the kind of document a template is for, as its file name says."""
    return path.name.removesuffix(templates.TEXT).removesuffix(templates.WORD)


def _info(home: Home, workflows: Sequence[Definition], path: Path, kind: str, behind: str) -> TemplateInfo:
    is_word = path.suffix.lower() == templates.WORD
    own = path.is_relative_to(home.path)
    try:
        label, findings = _examined(workflows, path, kind)
        found = tuple(finding.problem for finding in findings)
    except DocumentError as error:
        label, found = "", error.problems
    return TemplateInfo(kind, label or kind, str(path), own, is_word, found, behind)


def _examined(workflows: Sequence[Definition], path: Path, kind: str) -> tuple[str, list[Finding]]:
    """Return a template's label and everything wrong with it: what can be read off it, what fails when it is tried."""
    from ikz_workflow.documents.context import context_of
    from ikz_workflow.documents.examining import Finding, examine_text, examine_word
    from ikz_workflow.documents.sample import names_known, trials

    users = [definition for definition in workflows if kind in definition.documents]
    known = frozenset[str]().union(*(names_known(definition) for definition in users))
    contexts = [context_of(material) for definition in users for material in trials(definition)]
    if path.suffix.lower() == templates.WORD:
        label, findings = examine_word(read_file(path, MAX_WORD), path.name, known, contexts)
        if kind == COVER:
            why = _("Der Umschlag der Sammlung entsteht aus der Textvorlage; eine Word-Vorlage gibt es für ihn nicht.")
            findings.append(Finding(Problem(path.name, None, why)))
    else:
        label, findings = examine_text(_decoded(path), path.name, known, contexts)
    if not users and not (resources.shipped("templates") / (kind + templates.TEXT)).is_file():
        kinds = sorted({name for definition in workflows for name in definition.documents})
        why = _("Zu „{kind}“ gehört kein Dokument; gegen Angaben und Beispieldaten ist diese Vorlage nicht geprüft.")
        remedy = _(" Die Datei heißt nach der Art, oder: ikz template check DATEI --kind ART.")
        findings.append(
            Finding(Problem(path.name, None, why.format(kind=kind) + suggestion(near(kind, kinds)) + remedy))
        )
    return label, findings


def _decoded(path: Path) -> str:
    """Return a template's text. DocumentError if it is not UTF-8."""
    try:
        return read_file(path, MAX_TEXT).decode("utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(path.name, None, _("Die Datei ist kein Text in UTF-8; bitte so speichern."))
        raise DocumentError(path.name, (problem,)) from error


def annotate(home: Home, path: Path, target: Path, kind: str | None = None) -> int:
    """Write a copy of a Word template with its faults as comments; return their number. InvalidInput for a text."""
    from ikz_workflow.documents.wordcopy import annotated

    if path.suffix.lower() != templates.WORD:
        raise InvalidInput("--comments", path.name, _("Kommentare gibt es nur in Word-Vorlagen (.docx)."))
    _label, findings = _examined(definitions(home), path, kind or kind_of(path))
    said = [(finding.spot, finding.problem.text) for finding in findings]
    content = annotated(read_file(path, MAX_WORD), path.name, said)
    if target.exists():
        raise InvalidInput("--comments", str(target), _("Die Datei gibt es schon; bitte einen anderen Namen nennen."))
    _write(target, content)
    return len(findings)


# ------------------------------------------------------------------------------------------------------------ copying
def copy(home: Home, kind: str, target: Path | None, *, word: bool) -> Path:
    """Write a template to be changed, into the home where no target is named. InvalidInput where a file is there."""
    from ikz_workflow.documents.wordcopy import word_copy
    from ikz_workflow.services.printing import design_bytes

    source = templates.text(home, kind)
    if word and kind == COVER:
        why = _("Der Umschlag der Sammlung entsteht aus der Textvorlage; eine Word-Vorlage gibt es für ihn nicht.")
        raise InvalidInput("--word", kind, why)
    name = kind + (templates.WORD if word else templates.TEXT)
    path = home.path / "templates" / name if target is None else target / name if target.is_dir() else target
    if path.exists():
        why = _("Die Datei gibt es schon und bleibt stehen. Anderswohin: --output DATEI")
        raise InvalidInput(str(path), "", why)
    _write(path, word_copy(source, name, design_bytes(home)) if word else source.encode("utf-8"))
    return path


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content)
    except OSError as error:
        what = _("{path} lässt sich nicht schreiben ({why}).").format(path=path, why=german.refusal(error))
        raise StorageError(what, _("Bitte einen anderen Ort nennen: --output DATEI")) from None


# -------------------------------------------------------------------------------------------------------------- names
def names(home: Home, kind: str | None = None) -> list[Name]:
    """Return what templates may use, of one kind of document or of all, with examples. NotFound with the nearest."""
    from ikz_workflow.documents.naming import names_of

    users = [definition for definition in definitions(home) if kind is None or kind in definition.documents]
    if not users:
        kinds = sorted({name for definition in definitions(home) for name in definition.documents})
        remedy = _("Möglich: {kinds}.").format(kinds=", ".join(kinds))
        raise NotFound(_("Das Dokument"), kind or "", near(kind or "", kinds), remedy)
    found: dict[str, Name] = {}
    for definition in users:
        for name, label, example, is_list in names_of(definition):
            found.setdefault(name, Name(name, label, example, is_list))
    return list(found.values())
