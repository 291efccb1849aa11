"""Lay out a proposal for reading: as a sheet in the terminal, as data for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from ikz_workflow import german
from ikz_workflow.cli import output
from ikz_workflow.cli.checklist import show_items
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import ERASED

if TYPE_CHECKING:
    from ikz_workflow.cli.app import App
    from ikz_workflow.proposal import Milestone
    from ikz_workflow.services.proposals import Outlook, View

MARKS = {"yes": "[x]", "no": "[-]", "pending": "[ ]", "outdated": "[ ]", "amended": "[ ]", "open": "[ ]"}
CHECK_COLUMNS = {
    "check": "Schlüssel",
    "label": "Prüfung",
    "result": "Ergebnis",
    "evidence": "Nachweis",
    "question": "Frage",
    "hint": "Hinweis",
    "basis": "Rechtsgrundlage",
}
STATE_LABELS = {
    "yes": "zugestimmt",
    "no": "nicht zugestimmt",
    "pending": "noch nicht abschließend",
    "outdated": "galt älterem Text",
    "amended": "Text geändert, neue Fassung fehlt",
    "open": "offen",
}


def data_of(seen: View) -> dict[str, Any]:
    """Return a proposal as data with stable English keys, texts in clear."""
    from ikz_workflow.services.proposals import shown_value

    proposal = seen.proposal
    known = seen.case.definition.fields
    plain = msgspec.to_builtins(proposal)
    text = seen.text
    return {
        **{
            name: plain.get(name)
            for name in ("key", "version", "workflow", "stage", "department", "topic", "after", "started")
        },
        "title": seen.title,
        "stage_label": seen.stage.label,
        "since": proposal.stage_on,
        "created": proposal.created,
        "sample": proposal.sample,
        "non_public": proposal.non_public,
        "clerk": text(proposal.clerk),
        "suspended": text(proposal.suspended) or None,
        "review": proposal.review,
        "ended": {**plain["ended"], "lesson": text(proposal.ended.lesson)} if proposal.ended else None,
        "fields": {
            name: {
                "label": known[name].label,
                "value": text(str(value)) if known[name].is_free_text else value,
                "text": shown_value(seen, known[name]),
            }
            for name, value in proposal.fields.items()
        },
        "parties": [{**msgspec.to_builtins(one), "name": seen.name(one.organisation)} for one in proposal.parties],
        "contacts": [
            {"organisation": one.organisation, "on": one.on, "text": text(one.text), "person": text(one.person)}
            for one in proposal.contacts
        ],
        "obstacles": [{**msgspec.to_builtins(one), "answer": text(one.answer) or None} for one in proposal.obstacles],
        "checks": [{**msgspec.to_builtins(one), "evidence": text(one.evidence) or None} for one in proposal.checks],
        "milestones": [{**msgspec.to_builtins(one), "title": text(one.title)} for one in proposal.milestones],
        "decisions": [
            {**msgspec.to_builtins(one), "evidence": text(one.evidence) or None} for one in proposal.decisions
        ],
        "documents": [msgspec.to_builtins(one) for one in proposal.documents],
        "attachments": [
            {**msgspec.to_builtins(one), "name": text(one.name), "kind": text(one.kind)} for one in proposal.attachments
        ],
    }


def title_line(seen: View) -> str:
    """Return key and title, marked where the proposal is a sample or not public."""
    mark = _(" [Beispiel]") if seen.proposal.sample else ""
    mark += _(" [nicht öffentlich]") if seen.proposal.non_public else ""
    return f"{seen.proposal.key}  {seen.title}{mark}"


def show_sheet(seen: View) -> None:
    """Print a proposal with everything recorded."""
    from ikz_workflow.services.proposals import shown_value

    proposal, definition = seen.proposal, seen.case.definition
    output.heading(title_line(seen))
    reasons = definition.catalogue.reasons
    ended = proposal.ended
    reason = (reasons[ended.reason].label if ended.reason in reasons else ended.reason) if ended else ""
    output.pairs(
        [
            (_("Stufe"), seen.stage.label + (_(" (ruht)") if proposal.suspended else "")),
            (_("Seit"), german.date(proposal.stage_on)),
            (_("Zuständig"), seen.name(proposal.department)),
            (_("Thema"), seen.name(proposal.topic)),
            (_("Knüpft an"), proposal.after or ""),
            (_("Fortgeführt als"), proposal.started or ""),
            (_("Ruht, weil"), seen.text(proposal.suspended)),
            (_("Wiedervorlage"), german.date(proposal.review) if proposal.review else ""),
            (_("Beendet"), f"{german.date(ended.on)}, {reason}" if ended else ""),
            (_("Lehre"), seen.text(ended.lesson) if ended else ""),
            (_("Stand"), str(proposal.version)),
        ]
    )
    labels = [(field.label, shown_value(seen, field)) for field in definition.fields.values()]
    _section(_("Angaben"), labels)
    _section(_("Beteiligte"), [(seen.name(one.organisation), _party(one)) for one in proposal.parties])
    _section(
        _("Kontakte"),
        [
            (german.date(one.on), f"{seen.name(one.organisation)}{_of(seen.text(one.person))}: {seen.text(one.text)}")
            for one in proposal.contacts
        ],
    )
    catalogue = definition.catalogue
    _section(
        _("Hemmnisse"),
        [
            (catalogue.obstacles[one.kind].label, seen.text(one.answer) or _("ohne Antwort"))
            for one in proposal.obstacles
            if one.kind in catalogue.obstacles
        ],
    )
    from ikz_workflow.requirements import CHECK_LABELS

    _section(
        _("Prüfungen"),
        [
            (catalogue.checks[one.name].label, f"{CHECK_LABELS[one.result]}{_of(seen.text(one.evidence))}")
            for one in proposal.checks
            if one.name in catalogue.checks
        ],
    )
    _section(
        _("Meilensteine"),
        [(f"{one.number}", _milestone(seen, one)) for one in proposal.milestones],
    )
    _section(
        _("Dokumente"),
        [
            (
                definition.documents.get(one.kind, one.kind),
                _("Fassung {n} vom {day}, {origin}").format(
                    n=one.number,
                    day=german.date(one.on),
                    origin=_("erzeugt") if one.origin == "generated" else _("bearbeitet abgelegt"),
                )
                + (f" {ERASED}" if one.erased else ""),
            )
            for one in proposal.documents
        ],
    )
    _section(
        _("Anlagen"),
        [
            (
                one.sha256[:12],
                f"{seen.text(one.name)} ({german.size(one.size)})" + (f" {ERASED}" if one.erased else ""),
            )
            for one in proposal.attachments
        ],
    )


def _section(title: str, values: list[tuple[str, str]]) -> None:
    if any(value for _label, value in values):
        click.echo()
        output.heading(title)
        output.pairs(values, "  ")


def _party(party: Any) -> str:
    from ikz_workflow.requirements import STANDING_LABELS

    return STANDING_LABELS[party.standing] + (_(", Federführung") if party.lead else "") + f" ({german.date(party.on)})"


def _milestone(seen: View, milestone: Milestone) -> str:
    who = f" ({seen.name(milestone.party)})" if milestone.party else ""
    due = _(" bis {day}").format(day=german.date(milestone.due)) if milestone.due else ""
    done = _(" – erreicht: {day}").format(day=german.date(milestone.done)) if milestone.is_done else ""
    return f"{seen.text(milestone.title)}{who}{due}{done}"


def _of(text: str) -> str:
    return f" ({text})" if text else ""


def show_checks(seen: View, form: str = "table") -> None:
    """Print the recurrent legal questions with what was answered."""
    from ikz_workflow.requirements import CHECK_LABELS

    if form != "table":
        rows = []
        for name, check in seen.case.definition.catalogue.checks.items():
            answer = seen.proposal.check(name)
            told = CHECK_LABELS[answer.result] if answer else _("noch nicht geprüft")
            result = (answer.result if answer else None) if form == "json" else told
            evidence = seen.text(answer.evidence) if answer else ""
            asked = {"label": check.label, "question": check.question, "hint": check.hint, "basis": check.basis}
            rows.append({"check": name, "result": result, "evidence": evidence, **asked})
        output.rows(form, rows, CHECK_COLUMNS)
        return
    output.heading(title_line(seen))
    for name, check in seen.case.definition.catalogue.checks.items():
        answer = seen.proposal.check(name)
        click.echo()
        output.heading(f"{check.label} ({name}): {CHECK_LABELS[answer.result] if answer else _('noch nicht geprüft')}")
        output.wrapped(check.question, "   ")
        output.pairs(
            [
                (_("Hinweis"), check.hint),
                (_("Rechtsgrundlage"), check.basis),
                (_("Nachweis"), seen.text(answer.evidence) if answer else ""),
            ],
            "   ",
        )


def outlook_data(found: Outlook) -> dict[str, Any]:
    """Return what can happen next as data with stable English keys."""
    return {
        "key": found.view.proposal.key,
        "version": found.view.proposal.version,
        "stage": found.view.proposal.stage,
        "suspended": found.view.proposal.suspended is not None,
        "transitions": [
            {
                "name": one.transition.name,
                "label": one.transition.label,
                "to": one.transition.to or None,
                "role": one.transition.role,
                "allowed": one.allowed,
                "ready": one.ready,
                "items": [msgspec.to_builtins(item) for item in one.items],
            }
            for one in found.possible
        ],
        "gates": gate_rows(found),
        "deadlines": [msgspec.to_builtins(one) for one in found.deadlines],
    }


def show_outlook(found: Outlook, app: App) -> None:
    """Print what can happen next: the main ways as checklists, those possible from everywhere in a line each."""
    seen = found.view
    stage = seen.stage
    output.heading(title_line(seen))
    rests = _(" (ruht)") if seen.proposal.suspended else ""
    output.say(
        _("Stufe: {stage}{rests}, seit {day}").format(
            stage=stage.label, rests=rests, day=german.date(seen.proposal.stage_on)
        )
    )
    _show_deadlines(found)
    if stage.hint:
        output.wrapped(_("Hinweis: {hint}").format(hint=stage.hint))
    definition = seen.case.definition
    for one in found.possible:
        if one.transition.anywhere:
            continue
        click.echo()
        count = len(one.missing)
        state = _("möglich") if not count else _("ein Punkt fehlt") if count == 1 else _("{n} Punkte fehlen")
        output.heading(f"→ {one.transition.label}: {state.format(n=count)}")
        if not one.allowed:
            role = definition.roles.get(one.transition.role, one.transition.role)
            output.say(_("  Ihnen fehlt die Rolle: {role}.").format(role=role))
        show_items(one.items, app.command)
        if sum(item.kind == "field" for item in one.missing) > 1:
            fill = app.command(f"ikz fill {seen.proposal.key}")
            output.say(_("  Alle Angaben der Reihe nach: {command}").format(command=fill))
        command = f"ikz advance {seen.proposal.key} {one.transition.name}"
        if one.ready:
            output.say(_("  Befehl: {command}").format(command=app.command(command)))
    others = [one for one in found.possible if one.transition.anywhere]
    if others:
        click.echo()
        output.say(_("Außerdem möglich:"))
        for one in others:
            plain = f"ikz advance {seen.proposal.key} {one.transition.name}"
            wants = next((item.remedy for item in one.missing if item.kind in ("reason", "note")), plain)
            output.say(f"  {one.transition.label}: {app.command(wants)}")
    guidance = [definition.catalogue.guidance[name] for name in stage.guidance]
    if guidance:
        click.echo()
        output.say(_("Empfehlungen für diese Stufe:"))
        for advice in guidance:
            output.wrapped(f"{advice.title}. {advice.text}", "    ", "  – ")


def _show_deadlines(found: Outlook) -> None:
    """Print what is due until when, the earliest first."""
    from ikz_workflow.services.work import due_label

    stage, texts = found.view.stage, found.view.texts
    for deadline in found.deadlines:
        label = due_label(deadline, found.view.case, lambda title: texts.get(title, ""))
        span = _(" (Frist der Stufe: {due})").format(due=stage.due) if deadline.kind == "stage" else ""
        late = _(" – überfällig") if deadline.is_over(found.today) else ""
        line = _("Bis {day}: {label}{span}{late}")
        output.wrapped(line.format(day=german.date(deadline.day), label=label, span=span, late=late), "  ")


def show_gates(found: Outlook) -> None:
    """Print bodies × gates at a glance: each gate with its bodies below, marked by how they stand."""
    output.heading(title_line(found.view))
    for state in found.gates:
        click.echo()
        reached = _("erreicht") if state.passed else _("nicht mehr möglich") if state.blocked else _("offen")
        optional = _(", freiwillig") if state.gate.optional else ""
        output.heading(f"{state.gate.label}: {reached}{optional}")
        for answer in state.answers:
            decision = answer.decision
            told = _("gilt nicht mehr") if decision and decision.void else STATE_LABELS[answer.state]
            if decision is not None:
                outcome = state.gate.outcomes.get(decision.outcome, decision.outcome)
                told = outcome if answer.state in ("yes", "no", "pending") else f"{outcome} – {told}"
                votes = ":".join(map(str, decision.votes)) if decision.votes else ""
                closed = _("nicht öffentlich") if decision.non_public else ""
                parts = (told, german.date(decision.on), votes, decision.reference, closed)
                told = ", ".join(part for part in parts if part)
            output.wrapped(f"{answer.name} ({answer.body.key}): {told}", "      ", f"  {MARKS[answer.state]} ")


def gate_rows(found: Outlook) -> list[dict[str, Any]]:
    """Return bodies × gates as data, a row each."""
    return [
        {
            "gate": state.gate.name,
            "body": answer.body.key,
            "name": answer.name,
            "state": answer.state,
            "outcome": answer.decision.outcome if answer.decision else None,
            "on": answer.decision.on if answer.decision else None,
            "votes": ":".join(map(str, answer.decision.votes)) if answer.decision and answer.decision.votes else None,
            "reference": answer.decision.reference if answer.decision else None,
            "non_public": bool(answer.decision and answer.decision.non_public),
        }
        for state in found.gates
        for answer in state.answers
    ]
