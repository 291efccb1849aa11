"""Write documents from templates, take edited ones back."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.definition import Definition
from ikz_workflow.errors import IkzError, InvalidInput, NotFound, StorageError, WouldOverwrite, near
from ikz_workflow.events import DocumentAdded
from ikz_workflow.gates import is_amended, text_kind
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import ERASED, Decision, DocumentVersion, Origin, Proposal, judged_on
from ikz_workflow.requirements import document_remarks
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import Case, hidden, load, pinned, writer
from ikz_workflow.services.files import write_file
from ikz_workflow.services.home import Home
from ikz_workflow.services.printing import Press, again, ordered
from ikz_workflow.services.proposals import gates_of
from ikz_workflow.services.records import read_file
from ikz_workflow.storage.transaction import Transaction

if TYPE_CHECKING:
    from ikz_workflow.documents.reading import Counted, Inspected

MAX_DOCUMENT = 20 * 2**20
_UNSAFE = re.compile(r"[^a-z0-9]+")
_STRANGE = re.compile(r"[^A-Za-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Made(Struct, frozen=True):
    """A document version with its label and bytes; `is_new` is False where the text would have been the same."""

    key: str
    label: str
    version: DocumentVersion
    content: bytes
    is_new: bool

    @property
    def file_name(self) -> str:
        """Return a short file name that is safe everywhere, also if key or label were altered by hand."""
        key = _STRANGE.sub("-", self.key)
        slug = _UNSAFE.sub("-", self.label.lower().translate(_UMLAUTS)).strip("-")[:40]
        return f"{key}-{slug}-v{self.version.number}.docx"


class Vote(Struct, frozen=True):
    """One body's decision on the text of a version; `why` says why it does not count, "" where it does."""

    gate: str
    body: str
    outcome: str
    why: str

    @property
    def counts(self) -> bool:
        """Tell whether the decision counts as things stand."""
        return not self.why


# ------------------------------------------------------------------------------------------------------------ writing
def create(
    home: Home, key: str, kind: str, *, replace: bool = False, on: str | None = None, note: str | None = None
) -> Made:
    """Write a document's next version, and return it.

    Where the text would be that of the newest version, that one is returned and nothing is written. A version edited
    by hand is not overwritten: WouldOverwrite shows the difference, unless `replace`.
    """
    press = Press()
    with suppress(IkzError):  # told under the lock, where terms and roles are looked at first
        _print_ahead(press, home, key, kind, on)
    with home.writing(key) as tx:
        adding = _Adding(tx, home, key, kind, on, _("Dokument erzeugen"))
        latest, label = adding.latest, adding.label
        order = again(tx, home, adding.case, adding.kind)
        if latest is not None and order is not None and press.print(order).counted.text_hash == latest.text_hash:
            return Made(key, label, latest, tx.blob(latest.file_hash), False)
        printed = press.print(ordered(tx, home, adding.case, adding.kind, adding.number, adding.day or tx.at[:10]))
        if latest is not None and order is not None and latest.origin == "filed" and not replace:
            raise _would_overwrite(key, adding.kind, label, latest, tx.blob(latest.file_hash), printed.content)
        return adding.add(printed.content, printed.counted, note, origin="generated", template=printed.template_sha256)


def _print_ahead(press: Press, home: Home, key: str, kind: str, on: str | None) -> None:
    """Print what will be asked for, before anybody has to wait for it: rendering takes longer than recording."""
    with home.ready.reading(home.now()) as tx:
        day = inputs.happened(on, home.today)
        case = load(tx, key, judged_on(day, tx.at))
        kind = known_kind(case.definition, kind)
        latest, order = case.proposal.latest(kind), again(tx, home, case, kind)
        following = ordered(tx, home, case, kind, latest.number + 1 if latest else 1, day or tx.at[:10])
    if latest is None or order is None or press.print(order).counted.text_hash != latest.text_hash:
        press.print(following)


def file_edited(home: Home, key: str, kind: str, path: Path, *, on: str | None = None, note: str | None = None) -> Made:
    """Take an edited Word file back as the next version. InvalidInput if it belongs elsewhere or nothing changed."""
    from ikz_workflow.documents.reading import inspected

    content = read_file(path, MAX_DOCUMENT)
    found = inspected(content, path.name)  # before the transaction: a long text blocks nobody
    with home.writing(key) as tx:
        adding = _Adding(tx, home, key, kind, on, _("Dokument ablegen"))
        if found.stamp is not None and (found.stamp.key, found.stamp.kind_label) != (key, adding.label):
            why = _("Die Datei ist {label} zu {key}. Richtig ablegen: ikz document file {key} …")
            raise InvalidInput(path.name, "", why.format(label=found.stamp.kind_label, key=found.stamp.key))
        if adding.latest is not None and adding.latest.file_hash == found.file_hash:
            why = _("Die Datei ist unverändert Fassung {n}; es gibt nichts abzulegen.").format(n=adding.latest.number)
            raise InvalidInput(path.name, "", why)
        return adding.add(content, found, note, origin="filed")


class _Adding:
    """The frame of a use case that adds a version: opens the case, seals what it is given."""

    def __init__(self, tx: Transaction, home: Home, key: str, kind: str, on: str | None, what: str) -> None:
        self.tx = tx
        self.day = inputs.happened(on, home.today)
        self.case = load(tx, key, judged_on(self.day, tx.at))
        self.kind = known_kind(self.case.definition, kind)
        self.label = self.case.definition.documents[self.kind]
        self.actor = writer(tx, home, self.case, what)
        self.latest = self.case.proposal.latest(self.kind)
        self.number = self.latest.number + 1 if self.latest else 1

    def add(
        self,
        content: bytes,
        found: Inspected | Counted,
        note: str | None,
        *,
        origin: Origin,
        template: str | None = None,
    ) -> Made:
        """Record a Word file as the next version."""
        what = DocumentAdded(
            kind=self.kind,
            number=self.number,
            file_hash=hashlib.sha256(content).hexdigest(),
            text_hash=found.text_hash,
            size=len(content),
            origin=origin,
            template_sha256=template,
            open=found.open,
        )
        self.tx.keep(content)
        commitment = hidden(self.tx, "note", inputs.text("--note", note) if note else None)
        case = self.case
        proposal = self.tx.record(case.proposal, what, self.actor, self.day, case.definition.sha256, commitment)
        return Made(proposal.key, self.label, proposal.documents[-1], content, True)


def _would_overwrite(
    key: str, kind: str, label: str, latest: DocumentVersion, edited: bytes, generated: bytes
) -> WouldOverwrite:
    from ikz_workflow.documents.changes import told

    text = _(
        "{label}, Fassung {n} wurde von Hand bearbeitet; neu erzeugen würde die Bearbeitung übergehen. "
        "Trotzdem neu erzeugen: ikz document create {key} {kind} --replace (Fassung {n} bleibt erhalten)."
    )
    return WouldOverwrite(text.format(label=label, n=latest.number, key=key, kind=kind), told(edited, generated))


def knows(definition: Definition, kind: str) -> str | None:
    """Return the document kind given by name or label, None where the workflow has none such."""
    said = kind.strip().casefold()
    return next((name for name, label in definition.documents.items() if said in (name, label.casefold())), None)


def known_kind(definition: Definition, kind: str) -> str:
    """Return a document kind given by name or label. NotFound with the nearest."""
    if (name := knows(definition, kind)) is not None:
        return name
    known = [*definition.documents, *definition.documents.values()]
    listed = ", ".join(f"{name} ({label})" for name, label in definition.documents.items())
    remedy = _("Möglich ist: {listed}.") if listed else _("Das Verfahren „{name}“ hat keine Dokumente.")
    raise NotFound(_("Das Dokument"), kind, near(kind, known), remedy.format(listed=listed, name=definition.label))


# ------------------------------------------------------------------------------------------------------------ reading
def versions(home: Home, key: str) -> list[tuple[str, DocumentVersion, str, list[Vote]]]:
    """Return label, version, remarks of every document of a proposal, with the decisions on its text."""
    with home.ready.reading(home.now()) as tx:
        case = load(tx, key, home.today.isoformat())
        labels, counting = case.definition.documents, _counting(case)
        return [
            (labels.get(version.kind, version.kind), version, _remarks(case, version), _votes(case, version, counting))
            for version in case.proposal.documents
        ]


def _remarks(case: Case, version: DocumentVersion) -> str:
    """Return what to know of a version; of one that was replaced there is nothing to say any more."""
    if version.erased:
        return ERASED
    proposal = case.proposal
    former = [one for one in proposal.documents if one.kind == version.kind and one.number < version.number]
    same = next((one.number for one in former if one.text_hash == version.text_hash), None)
    remarks = [_("Text wie Fassung {n}").format(n=same)] if same else []
    remarks += [document_remarks(proposal, version)] if proposal.latest(version.kind) == version else []
    return "; ".join(one for one in remarks if one)


def _counting(case: Case) -> set[int]:
    """Return the history positions of the decisions that count as things stand."""
    answers = (answer for state in gates_of(case) for answer in state.answers)
    return {one.decision.seq for one in answers if one.decision is not None and one.state in ("yes", "no", "pending")}


def _votes(case: Case, version: DocumentVersion, counting: set[int]) -> list[Vote]:
    gates = case.definition.gates
    names = {key: organisation.name for key, organisation in case.circumstances.organisations.items()}
    return [
        Vote(
            gates[one.gate].label,
            one.name or names.get(one.body, one.body),
            gates[one.gate].outcomes.get(one.outcome, one.outcome),
            "" if one.seq in counting else _why_not(case.proposal, one, version.kind),
        )
        for one in case.proposal.decisions
        if text_kind(gates[one.gate].on, case.circumstances.form) == version.kind
        and version.text_hash in (one.text, one.stands_for)
    ]


def _why_not(proposal: Proposal, decision: Decision, kind: str) -> str:
    """Return why a decision does not count (any more)."""
    same = [one for one in proposal.decisions if (one.gate, one.body) == (decision.gate, decision.body)]
    valid = proposal.valid(kind)
    if decision.void:
        return _("mit Richtung oder Rechtsform entfallen")
    if same[-1] != decision:
        return _("neu entschieden")
    if valid is None or decision.stands_for != valid.text_hash:
        waits = decision.amends and decision.stands_for is None
        return _("die geänderte Fassung fehlt") if waits else _("der Text wurde danach geändert")
    if is_amended(kind, proposal):
        return _("geändert beschlossen; die geänderte Fassung fehlt")
    return _("nicht mehr gefragt")


def read(home: Home, key: str, kind: str, number: int | None = None) -> Made:
    """Return a stored version, the newest without a number."""
    with home.ready.reading(home.now()) as tx:
        proposal = tx.proposal(key)
        definition = pinned(tx, proposal.definition)
        kind = known_kind(definition, kind)
        version = version_of(proposal, definition, kind, number)
        return Made(key, definition.documents[kind], version, tx.blob(version.file_hash), False)


def version_of(proposal: Proposal, definition: Definition, kind: str, number: int | None) -> DocumentVersion:
    """Return a version of a document, the newest without a number. NotFound if there is none."""
    found = [one for one in proposal.documents if one.kind == kind and number in (None, one.number)]
    if not found:
        name = definition.documents[kind] + (f", Fassung {number}" if number else "")
        make, look = _("Erzeugen: ikz document create {key} {kind}"), _("Alle: ikz document list {key}")
        remedy = look if any(one.kind == kind for one in proposal.documents) else make
        raise NotFound(_("Das Dokument"), name, (), remedy.format(key=proposal.key, kind=kind))
    return found[-1]


def lines_of(made: Made) -> list[dict[str, str]]:
    """Return a document as lines of style and text; the cells of a table row are joined by ` | `."""
    from ikz_workflow.documents.reading import paragraphs

    return [{"style": line.style, "text": line.text or " | ".join(line.cells)} for line in paragraphs(made.content)]


def export(made: Made, folder: Path) -> Path:
    """Write a version's file into a folder and return its path; a file there that was edited is not overwritten."""
    target = folder / made.file_name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if hashlib.sha256(target.read_bytes()).hexdigest() == made.version.file_hash:
                return target
            why = _("Die Datei wurde bearbeitet und bleibt stehen. Ablegen: ikz document file {key} {kind} {name}")
            raise InvalidInput(str(target), "", why.format(key=made.key, kind=made.version.kind, name=target.name))
        write_file(target, made.content)
    except OSError as error:
        what = _("{target} lässt sich nicht schreiben ({why}); das Dokument ist als Fassung {n} gespeichert.")
        remedy = _("Später ausgeben: ikz document export {key} {kind} --output ORDNER")
        raise StorageError(
            what.format(target=target, why=german.refusal(error), n=made.version.number),
            remedy.format(key=made.key, kind=made.version.kind),
        ) from None
    return target
