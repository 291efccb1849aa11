"""Record facts on a proposal: parties, contacts, obstacles, checks, milestones, decisions, attachments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import engine, german
from ikz_workflow.definition import Definition, Gate
from ikz_workflow.errors import Contradiction, InvalidInput, NotFound, near
from ikz_workflow.events import (
    Attached,
    CheckAnswered,
    ContactMade,
    Decided,
    MilestoneAdded,
    MilestoneDone,
    ObstacleSet,
    PartySet,
    ProposalEvent,
)
from ikz_workflow.gates import Body, bodies, gate_state, is_amended, newly_asked, text_kind
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import (
    CheckResult,
    Commitment,
    Decision,
    DocumentVersion,
    Outcome,
    PartialDate,
    Proposal,
    Standing,
    judged_on,
)
from ikz_workflow.requirements import CHECK_LABELS, STANDING_LABELS
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import Case, Registers, circumstances, hidden, load, organisation_key, writer
from ikz_workflow.services.home import Home
from ikz_workflow.storage.transaction import Transaction

NO_OBSTACLE = "none"
MAX_ATTACHMENT = 50 * 2**20
# What only a file is called: a path from somewhere, or a name that ends as the files of an office do.
_FILE_NAME = re.compile(
    r"(?:~?/|\.{1,2}[/\\]|[a-z]:[/\\]|\\\\)\S.*"
    r"|(?!\w+://).*\w\.(?:pdf|docx?|docm|odt|rtf|txt|xlsx?|xlsm|ods|csv|pptx?|odp|msg|eml|jpe?g|png|tiff?|zip|p7s)",
    re.IGNORECASE,
)


class _Recording:
    """One use case that records one event on one proposal: opens the case, seals what it is given."""

    def __init__(
        self, tx: Transaction, home: Home, key: str, on: str | None, what: str, *, late: bool = False, gate: str = ""
    ) -> None:
        self.tx, self.day = tx, inputs.happened(on, home.today)
        self.case: Case = load(tx, key, judged_on(self.day, tx.at))
        roles = self.case.definition.deciding(_gate(self.case, gate).name) if gate else ()
        self.actor = writer(tx, home, self.case, what, late=late, roles=roles)

    def seal(self, what: ProposalEvent, note: str | None) -> Proposal:
        commitment = hidden(self.tx, "note", inputs.text("--note", note) if note else None)
        sha256 = self.case.definition.sha256
        return self.tx.record(self.case.proposal, what, self.actor, self.day, sha256, commitment)


def set_party(
    home: Home,
    key: str,
    organisation: str,
    standing: str | None = None,
    *,
    lead: bool = False,
    new: bool = False,
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Add a party or change its standing or lead; without a standing a new party is "approached"."""
    with home.writing(key) as tx:
        recording = _Recording(tx, home, key, on, _("Beteiligte festhalten"))
        name = organisation_key(tx, organisation)
        former = recording.case.proposal.party(name)
        if former is None and not new:
            remedy = _("Aufnehmen: ikz party add {key} {name}").format(key=key, name=name)
            names = [party.organisation for party in recording.case.proposal.parties]
            raise NotFound(_("Die Beteiligte"), organisation, near(name, names), remedy)
        if standing is not None:
            stand = inputs.choice("--standing", standing, STANDING_LABELS)
        else:
            stand = former.standing if former else "approached"
        if former is not None and former.standing == stand and former.lead == (lead or former.lead):
            text = _("Die Organisation ist schon mit diesem Stand beteiligt ({stand}).")
            raise InvalidInput(organisation, "", text.format(stand=STANDING_LABELS[stand]))
        keeps_lead = lead or (former is not None and former.lead and stand not in ("declined", "withdrew"))
        case, what = recording.case, PartySet(name, cast(Standing, stand), keeps_lead)
        what = replace(what, asked=asked_after(tx, case.definition, case.proposal, what, recording.day, case.day))
        return recording.seal(what, note)


def asked_after(
    registers: Registers, definition: Definition, before: Proposal, what: PartySet, on: PartialDate, day: str
) -> dict[str, tuple[str, ...]]:
    """Return the bodies of each gate that asks others once a party has changed."""
    after = replace(before, parties=what.parties(before, on))
    return newly_asked(definition, before, after, circumstances(registers, definition, after, day))


def add_contact(
    home: Home,
    key: str,
    organisation: str,
    text: str,
    *,
    person: str | None = None,
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Record a contact at working level."""
    cleaned = inputs.text(_("Kontakt"), text)
    with home.writing(key) as tx:
        recording = _Recording(tx, home, key, on, _("Kontakt festhalten"))
        name = organisation_key(tx, organisation)
        someone = hidden(tx, "contact-person", inputs.text("--person", person, lines=False) if person else None)
        return recording.seal(ContactMade(name, tx.hide("contact", cleaned), someone), note)


def set_obstacle(
    home: Home,
    key: str,
    kind: str,
    *,
    party: str | None = None,
    weight: int | None = None,
    answer: str | None = None,
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Record an obstacle or its answer; kind "none" says that none was found."""
    with home.writing(key) as tx:
        recording = _Recording(tx, home, key, on, _("Hemmnis festhalten"))
        if kind == NO_OBSTACLE:
            if recording.case.proposal.obstacles:
                raise InvalidInput(_("Hemmnis"), kind, _("Es sind schon Hemmnisse festgehalten; sie bleiben stehen."))
            return recording.seal(ObstacleSet(None), note)
        labels = {name: one.label for name, one in recording.case.definition.catalogue.obstacles.items()}
        name = inputs.choice(_("Hemmnis"), kind, {**labels, NO_OBSTACLE: _("keines")})
        of = organisation_key(tx, party) if party else None
        former = next((o for o in recording.case.proposal.obstacles if (o.kind, o.party) == (name, of)), None)
        if weight is not None and weight not in (1, 2, 3):
            raise InvalidInput("--weight", str(weight), _("Das Gewicht ist 1 (gering), 2 (mittel) oder 3 (hoch)."))
        said = hidden(tx, "obstacle-answer", inputs.text("--answer", answer) if answer else None)
        kept = former.answer if former else None
        what = ObstacleSet(name, of, weight or (former.weight if former else 2), said or kept)
        return recording.seal(what, note)


def answer_check(
    home: Home,
    key: str,
    check: str,
    result: str,
    *,
    evidence: str | None = None,
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Answer a recurrent legal question; the evidence is a text, or the path of a file that is attached."""
    given = _given(evidence)
    with home.writing(key) as tx:
        recording = _Recording(tx, home, key, on, _("Prüfung beantworten"))
        checks = recording.case.definition.catalogue.checks
        labels = {name: (one.label,) for name, one in checks.items()}
        check = inputs.one_of(_("Die Prüfung"), check, labels, _("Alle: ikz check {key}").format(key=key))
        answered = cast(CheckResult, inputs.choice(_("Ergebnis"), result, CHECK_LABELS))
        text, attachment = _evidence(recording, given)
        return recording.seal(CheckAnswered(check, answered, hidden(tx, "evidence", text), attachment), note)


class _File(Struct, frozen=True):
    """A file that is to be attached, read before the transaction opens: a slow disk blocks nobody."""

    name: str
    content: bytes


def _file(path: Path) -> _File:
    content = read_file(path, MAX_ATTACHMENT)
    return _File(inputs.text(_("Dateiname"), path.name, lines=False), content)


def _given(evidence: str | None) -> str | _File | None:
    """Return evidence as a text, or as the file it names. NotFound if it names one that is not there."""
    if not evidence:
        return None
    path, is_named = Path(evidence), _FILE_NAME.fullmatch(evidence.strip()) is not None
    try:
        is_there = path.exists() and not path.is_dir()
    except (OSError, ValueError):  # too long or odd for a path: then it is a text
        is_there = False
    if not is_there and not is_named:
        return inputs.text("--evidence", evidence)
    try:
        return _file(path)
    except NotFound as error:
        remedy = _("Ist ein Text gemeint, bitte als Satz mit einem Punkt am Ende.")
        raise NotFound(error.kind, error.name, error.near, remedy) from None


def _evidence(recording: _Recording, given: str | _File | None) -> tuple[str | None, str | None]:
    """Return evidence as text, or the SHA-256 of its file, which is attached first."""
    if not isinstance(given, _File):
        return given, None
    sha256, what = _attachment(recording.tx, given, _("Nachweis"))
    proposal = recording.seal(what, None)
    recording.case = Case(proposal, recording.case.definition, recording.case.circumstances, recording.case.day)
    return None, sha256


def add_milestone(
    home: Home,
    key: str,
    title: str,
    *,
    due: str | None = None,
    party: str | None = None,
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Add a step of the agreed Projektplan."""
    cleaned = inputs.text(_("Meilenstein"), title, lines=False)
    day = inputs.partial_date("--due", due) if due else None
    with home.writing(key) as tx:
        recording = _Recording(tx, home, key, on, _("Meilenstein festhalten"))
        of = organisation_key(tx, party) if party else None
        number = next_milestone(recording.case.proposal)
        return recording.seal(MilestoneAdded(tx.hide("milestone", cleaned), day, of, number), note)


def next_milestone(proposal: Proposal) -> int:
    """Return the number the next milestone gets."""
    return max((milestone.number for milestone in proposal.milestones), default=0) + 1


def finish_milestone(home: Home, key: str, number: int, *, on: str | None = None, note: str | None = None) -> Proposal:
    """Mark a milestone as reached."""
    with home.writing(key) as tx:
        recording = _Recording(tx, home, key, on, _("Meilenstein festhalten"))
        milestone = next((m for m in recording.case.proposal.milestones if m.number == number), None)
        if milestone is None:
            raise NotFound(_("Den Meilenstein"), str(number), (), _("Alle: ikz show {key}").format(key=key))
        if milestone.is_done:
            raise InvalidInput(_("Meilenstein"), str(number), _("Er ist schon als erreicht festgehalten."))
        return recording.seal(MilestoneDone(number), note)


def decide(
    home: Home,
    key: str,
    gate: str,
    body: str,
    outcome: str,
    *,
    text: int | None = None,
    votes: str | None = None,
    reference: str | None = None,
    evidence: str | None = None,
    amends: bool = False,
    non_public: bool = False,
    correct: str | None = None,
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Record a body's decision at a gate, bound to the text of a document version.

    With `amends` its conditions change the text: the changed one has to be filed and put to everybody anew.

    A second decision of the same body on the same text contradicts the first: it needs `correct`, the reason, and
    takes its place. A decision put off may be followed by a final one as it is.
    """
    counted, given = inputs.votes(votes), _given(evidence)
    with home.writing(key) as tx:
        recording = _Recording(tx, home, key, on, _("Entscheidung festhalten"), gate=gate)
        case = recording.case
        asked_gate = _gate(case, gate)
        asked = bodies(asked_gate, case.proposal, case.circumstances)
        who = _body(asked_gate, asked, body)
        answer = cast(Outcome, inputs.choice(_("Ergebnis"), outcome, asked_gate.outcomes))
        paper = inputs.reference(reference, ours=who.organisation == case.circumstances.own)
        version = _version(case, asked_gate, text)
        if amends and version is None:
            raise InvalidInput("--amends", "", _("Hier wird über keinen Text entschieden, der sich ändern könnte."))
        former = _former(case.proposal, asked_gate, who, version)
        if former is not None and _is_final(asked_gate, former) and not correct:
            raise _contradiction(key, asked_gate, who, former, answer)
        if former is None and correct:
            raise InvalidInput("--correct", "", _("Zu diesem Text gibt es noch keine Entscheidung dieser Stelle."))
        said, attachment = _evidence(recording, given)
        form = case.circumstances.form
        what = Decided(
            gate=asked_gate.name,
            body=who.key,
            outcome=answer,
            bodies=tuple(one.key for one in asked),
            name=who.name,
            amends=amends,
            text=version.text_hash if version else None,
            reference=paper,
            votes=counted,
            attachment=attachment,
            evidence=hidden(tx, "evidence", said),
            form=form.key if form else None,
            form_sha256=engine.form_hash(form) if form else None,
            corrects=former.seq if former and correct else None,
            non_public=non_public,
        )
        return recording.seal(what, correct or note)


def _gate(case: Case, name: str) -> Gate:
    gates = case.definition.gates
    found = next((gate for gate in gates.values() if name.casefold() in (gate.name, gate.label.casefold())), None)
    if found is None:
        remedy = _("Alle: ikz gates {key}").format(key=case.proposal.key)
        raise NotFound(_("Die Entscheidung"), name, near(name, gates), remedy)
    if not gate_state(found, case.proposal, case.circumstances).applies:
        why = _(
            "Diese Entscheidung ist hier nicht vorgesehen (Rechtsform oder Angaben des Vorhabens). "
            "Vorgesehene: ikz gates {key}"
        )
        raise InvalidInput(found.label, "", why.format(key=case.proposal.key))
    return found


def _body(gate: Gate, asked: tuple[Body, ...], name: str) -> Body:
    wanted = name.strip().casefold()
    for body in asked:
        if wanted in (body.key.casefold(), body.name.casefold()):
            return body
    known = [form for body in asked for form in (body.key, body.name)]
    listed = "; ".join(f"{body.key} ({body.name})" for body in asked)
    remedy = _("Gefragt sind: {bodies}.").format(bodies=listed) if asked else ""
    raise NotFound(_("Die Stelle"), name, near(name, known), remedy or _("Noch kein Partner ist beigetreten."))


def _version(case: Case, gate: Gate, number: int | None) -> DocumentVersion | None:
    kind = text_kind(gate.on, case.circumstances.form)
    if not kind:
        return None
    label = case.definition.documents[kind]
    versions = [version for version in case.proposal.documents if version.kind == kind and not version.void]
    if not versions:
        remedy = _("Es gibt noch keinen Text; zuerst: ikz document create {key} {kind}")
        raise InvalidInput(label, "", remedy.format(key=case.proposal.key, kind=kind))
    if number is None:
        if is_amended(kind, case.proposal):
            why = _(
                "Der Text wurde geändert beschlossen. Zuerst die geänderte Fassung ablegen: "
                "ikz document file {key} {kind} DATEI.docx (oder --text NUMMER nennen)."
            )
            raise InvalidInput(label, "", why.format(key=case.proposal.key, kind=kind))
        return versions[-1]
    found = next((version for version in versions if version.number == number), None)
    if found is None:
        why = _("Es gibt die Fassungen {n}.").format(n=", ".join(str(version.number) for version in versions))
        raise InvalidInput("--text", str(number), why)
    return found


def _former(proposal: Proposal, gate: Gate, body: Body, version: DocumentVersion | None) -> Decision | None:
    same = [
        known
        for known in proposal.decisions
        if known.gate == gate.name
        and known.body == body.key
        and not known.void
        and (not gate.fresh or known.seq > proposal.entered)
        and (version is None or version.text_hash in (known.text, known.stands_for))
    ]
    return same[-1] if same else None


def _is_final(gate: Gate, decision: Decision) -> bool:
    """Tell whether a decision is a yes or a no; one put off or noted may be followed by another as it is."""
    return decision.outcome in gate.yes or decision.outcome == "rejected"


def _contradiction(key: str, gate: Gate, body: Body, former: Decision, outcome: str) -> Contradiction:
    was = gate.outcomes.get(former.outcome, former.outcome)
    if former.outcome == outcome:
        text = _("{body} hat zu diesem Text schon entschieden ({was}). Berichtigen: --correct GRUND")
    else:
        text = _("{body} hat zu diesem Text schon anders entschieden ({was}). Berichtigen: --correct GRUND")
    return Contradiction(text.format(body=body.name, was=was))


def attach(
    home: Home, key: str, path: Path, *, kind: str = "", on: str | None = None, note: str | None = None
) -> tuple[Proposal, str]:
    """Keep a file with the proposal; return the proposal and the file's SHA-256."""
    file = _file(path)
    label = inputs.text("--as", kind, lines=False) if kind else ""
    with home.writing(key) as tx:
        recording = _Recording(tx, home, key, on, _("Anlage beifügen"), late=True)
        sha256, what = _attachment(tx, file, label)
        return recording.seal(what, note), sha256


def _attachment(tx: Transaction, file: _File, kind: str) -> tuple[str, Attached]:
    sha256 = tx.keep(file.content)
    said = hidden(tx, "attachment-kind", kind)
    return sha256, Attached(sha256, tx.hide("file-name", file.name), len(file.content), said)


def read_file(path: Path, limit: int) -> bytes:
    """Return a file's bytes. InvalidInput if it cannot be read, is empty, or is larger than the limit in bytes."""
    try:
        if path.exists() and not path.is_file():
            raise InvalidInput(_("Datei"), str(path), _("Das ist keine Datei."))
        if path.stat().st_size > limit:
            why = _("Die Datei ist größer als {size}.").format(size=german.size(limit))
            raise InvalidInput(_("Datei"), str(path), why)
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(_("Die Datei"), str(path), near(path.name, _siblings(path))) from None
    except (OSError, ValueError) as error:
        why = _("Sie lässt sich nicht lesen ({why}).").format(why=german.refusal(error))
        raise InvalidInput(_("Datei"), str(path), why) from None
    if not content:
        raise InvalidInput(_("Datei"), str(path), _("Die Datei ist leer."))
    return content


def _siblings(path: Path) -> list[str]:
    try:
        return [one.name for one in path.parent.iterdir()]
    except OSError:  # no folder, or one we may not look into: then there is nothing to offer
        return []


def attachment_content(home: Home, key: str, sha256: str) -> bytes:
    """Return the bytes of an attachment given by the beginning of its SHA-256."""
    with home.ready.reading(home.now()) as tx:
        proposal = tx.proposal(key)
        found: Mapping[str, Commitment] = {one.sha256: one.name for one in proposal.attachments}
        match = [one for one in found if one.startswith(sha256)]
        if len(match) != 1:
            raise NotFound(_("Die Anlage"), sha256, (), _("Alle: ikz show {key}").format(key=key))
        return tx.blob(match[0])
