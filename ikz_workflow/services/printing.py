"""Render the documents of a proposal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import astuple

from ikz_workflow import german, resources
from ikz_workflow.documents.context import Material, context_of
from ikz_workflow.documents.values import Stamp, short_hash
from ikz_workflow.errors import StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Department, Person, Proposal
from ikz_workflow.requirements import CHECK_LABELS, STANDING_LABELS
from ikz_workflow.services import templates
from ikz_workflow.services.cases import Case, form_row, forms
from ikz_workflow.services.earlier import RELATIONS, attempts_in
from ikz_workflow.services.home import Home
from ikz_workflow.services.proposals import gates_of
from ikz_workflow.storage.transaction import Transaction

if TYPE_CHECKING:
    from ikz_workflow.documents.package import Design, Draft
    from ikz_workflow.documents.reading import Counted


class Printed(Struct, frozen=True):
    """A Word file with what counts of its text; `template_sha256` names what it was rendered from."""

    content: bytes
    counted: Counted
    template_sha256: str


class Order(Struct, frozen=True):
    """All that decides what a document says: its template, its look, what is known of the proposal; and its stamp."""

    template: templates.Template
    look: bytes
    material: Material
    stamp: Stamp

    def is_like(self, other: Order) -> bool:
        """Tell whether both give the same text; who stands behind the same values is the same without a look."""
        same = (self.template, self.look) == (other.template, other.look)
        return same and astuple(self.material) == astuple(other.material)


class Press:
    """Prints documents; a text that was printed already is not rendered again, only stamped anew."""

    def __init__(self) -> None:
        self._drafts: list[tuple[Order, Draft]] = []

    def print(self, order: Order) -> Printed:
        """Return the Word file of an order: the same order gives the same bytes."""
        from ikz_workflow.documents.reading import counted

        made = self._draft(order).sealed(order.stamp)
        return Printed(made.content, counted(made.parts), order.template.sha256)

    def _draft(self, order: Order) -> Draft:
        from ikz_workflow.documents import package

        known = next((draft for other, draft in self._drafts if order.is_like(other)), None)
        if known is None:
            look = package.design(order.look, templates.DESIGN)
            known = order.template.draft(context_of(order.material), look)
            self._drafts.append((order, known))
        return known


def again(tx: Transaction, home: Home, case: Case, kind: str) -> Order | None:
    """Return the order that prints the newest version as things stand now, None where there is none to print."""
    latest = case.proposal.latest(kind)
    if latest is None or latest.void or latest.erased:
        return None
    return ordered(tx, home, case, kind, latest.number, latest.on or latest.at[:10])


def ordered(tx: Transaction, home: Home, case: Case, kind: str, number: int, day: str) -> Order:
    """Return the order of a version that bears a day (ISO)."""
    head, material = tx.head, _material(tx, case, day, number)
    stamp = Stamp(
        key=case.proposal.key,
        title=material.texts.get(case.proposal.title, case.proposal.key),
        kind_label=case.definition.documents[kind],
        version=number,
        position=head.seq,
        short_hash=short_hash(head.hash),
        full_hash=head.hash,
        created=datetime.fromisoformat(tx.at),
        author=case.circumstances.organisations[case.circumstances.own].name,
        sample=case.proposal.sample,
    )
    return Order(templates.load(home, kind), design_bytes(home), material, stamp)


def _material(tx: Transaction, case: Case, day: str, version: int) -> Material:
    """Return what the context of a proposal's documents is made from."""
    texts = tx.texts(case.proposal.key)
    department = tx.find("department", case.proposal.department)
    clerk = texts.get(case.proposal.clerk or "", "")
    person = tx.find("person", clerk) if clerk else None
    name = tx.texts(f"person/{clerk}").get(person.value.name, "") if person and isinstance(person.value, Person) else ""
    rows = forms(tx)
    valid = [form_row(rows, key, case.day) for key in dict.fromkeys(row.key for row in rows)]
    return Material(
        proposal=case.proposal,
        definition=case.definition,
        circumstances=case.circumstances,
        texts=texts,
        department=department.value
        if department and isinstance(department.value, Department)
        else Department(case.proposal.department, ""),
        clerk=name,
        gates=gates_of(case),
        forms=tuple(sorted((row for row in valid if row is not None), key=lambda row: row.label)),
        standings=STANDING_LABELS,
        results=CHECK_LABELS,
        day=day,
        version=version,
        earlier=tuple(_earlier(tx, case.proposal)),
    )


def _earlier(tx: Transaction, proposal: Proposal) -> list[dict[str, str]]:
    """Return what became of ended proposals on the same topic or with the same partners, the closest first."""
    return [
        {
            "key": one.key,
            "title": one.title,
            "relation": RELATIONS[one.relation],
            "ended": german.date(one.ended),
            "reason": one.reason_label,
            "lesson": one.lesson,
        }
        for one in attempts_in(tx, proposal, ended=True)
        if one.relation != "successor"
    ]


def design(home: Home) -> Design:
    """Return the look of all documents, the home's own before the shipped one."""
    from ikz_workflow.documents import package

    return package.design(design_bytes(home), templates.DESIGN)


def design_bytes(home: Home) -> bytes:
    """Return the Word file that owns the look, the home's own before the shipped one."""
    path = resources.find(home.path, "templates", templates.DESIGN)
    if path is None:
        raise StorageError(_("Die Gestaltungsvorlage design.docx fehlt."), _("Bitte ikz neu installieren."))
    return resources.data(path)
