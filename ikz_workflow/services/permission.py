"""Judge who may do what: which roles count where, and who may act for whom; the replay asks the same."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ikz_workflow.definition import Definition
from ikz_workflow.errors import NotAllowed, RoleRequired
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Actor, Commitment, Department, Person
from ikz_workflow.storage.rows import Entry
from ikz_workflow.storage.transaction import Transaction


def roles_of(entry: Entry) -> tuple[str, ...]:
    """Return the roles of a person's entry."""
    return entry.value.roles if isinstance(entry.value, Person) else ()


def departments_of(entry: Entry) -> tuple[str, ...]:
    """Return the departments a person belongs to; none means that the roles count everywhere."""
    return entry.value.departments if isinstance(entry.value, Person) else ()


def deputies_of(entry: Entry) -> tuple[str, ...]:
    """Return who may act for a person, by key."""
    return entry.value.deputies if isinstance(entry.value, Person) else ()


def roles_here(entry: Entry, bound: Sequence[str], department: str) -> tuple[str, ...]:
    """Return the person's roles that count on a proposal of a department; `bound` ones count in the own ones only."""
    roles, own = roles_of(entry), departments_of(entry)
    if not own or department in own:
        return roles
    return tuple(role for role in roles if role not in bound)


def counts(entry: Entry, role: str, bound: Sequence[str], department: str) -> bool:
    """Tell whether a role the person holds counts on a proposal of a department."""
    return role not in bound or not (own := departments_of(entry)) or department in own


class Acting(Struct, frozen=True):
    """Who acts: the person in front of the machine, and the one whose roles count, the same or the one represented."""

    person: Entry
    holder: Entry

    def role(self, allowed: Sequence[str], bound: Sequence[str] = (), department: str = "") -> str | None:
        """Return the first allowed role that counts, None if there is none."""
        held = roles_here(self.holder, bound, department)
        return next((role for role in allowed if role in held), None)

    def actor(self, tx: Transaction, subject: str, role: str) -> Actor:
        """Return the actor of an event of a subject, and on whose behalf."""
        behalf = "" if self.holder.key == self.person.key else self.holder.key
        return tx.actor(subject, self.person.key, role, behalf)

    def references(self, tx: Transaction, subject: str) -> tuple[Commitment, ...]:
        """Return the references of both within a subject, "" for one who never acted there."""
        keys = dict.fromkeys((self.person.key, self.holder.key))
        return tuple([tx.reference(subject, one) for one in keys])


def acting_on(
    tx: Transaction,
    acting: Acting,
    subject: str,
    what: str,
    definition: Definition,
    department: str,
    allowed: Sequence[str],
) -> Actor:
    """Return the actor of an event of a proposal of a department. RoleRequired unless an allowed role counts there."""
    role = acting.role(allowed, definition.bound, department)
    if role is None:
        raise refusal(tx, acting, what, definition, department, allowed)
    return acting.actor(tx, subject, role)


def refusal(
    tx: Transaction, acting: Acting, what: str, definition: Definition, department: str, allowed: Sequence[str]
) -> NotAllowed:
    """Return why none of the allowed roles counts: it is not held, or held for other departments."""
    labels = [definition.roles[role] for role in allowed]
    key = acting.holder.key
    if acting.role(allowed) is None:
        return RoleRequired(what, labels, _("Die Rolle erteilt: ikz person grant {k} {r}").format(k=key, r=allowed[0]))
    entry = tx.find("department", department)
    unit = entry.value.short if entry and isinstance(entry.value, Department) else department
    options = " ".join(f"--department {one}" for one in (*departments_of(acting.holder), department))
    remedy = _(
        "Die Rolle von {k} gilt nur für die eigene Organisationseinheit; das Vorhaben gehört zu „{unit}“. "
        "Die Zentrale Stelle ordnet zu: ikz person set {k} {options}"
    )
    return RoleRequired(what, labels, remedy.format(k=key, unit=unit, options=options))
