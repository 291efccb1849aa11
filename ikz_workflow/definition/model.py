"""Hold the values a workflow definition is made of."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

# What a column of a legal form's row may say; `when = { form = COLUMN, is = VALUE }` is checked against it.
FORM_COLUMNS: dict[str, tuple[str, ...]] = {
    "decides": ("councils", "heads", "by-value"),
    "supervision": ("approval", "case-by-case", "notice", "none", "by-special-law"),
    "publication": ("required", "by-authority", "register", "none"),
    "document": ("agreement", "none"),
    "variant": ("delegating", "mandating", "none"),
}
FIELD_TYPES = ("text", "line", "table", "choice", "date", "money", "number", "yes-no", "organisation")
FREE_TEXT = frozenset({"text", "line", "table"})
DURATION_UNITS = {"working days": "Arbeitstage", "days": "Tage", "weeks": "Wochen", "months": "Monate"}
REQUIREMENT_KINDS = (
    "fields",
    "document",
    "parties",
    "contacts",
    "milestones",
    "obstacles",
    "checks",
    "gate",
    "reached",
    "reason",
    "note",
)
BODY_RULES = ("competent", "councils", "heads", "own-council", "authorities", "parties")


class Duration(Struct, frozen=True):
    """A span such as 60 working days; unit as in `DURATION_UNITS`."""

    amount: int
    unit: str

    def __str__(self) -> str:
        """Return the span in German."""
        return f"{self.amount} {DURATION_UNITS[self.unit]}"


class Condition(Struct, frozen=True):
    """When something applies: a field's or a form column's value is one of `values`, or any/all of `parts` hold."""

    kind: str  # field, form, any, all
    name: str = ""
    values: tuple[str, ...] = ()
    parts: tuple[Condition, ...] = ()

    def leaves(self) -> Iterator[Condition]:
        """Yield the conditions on a field or a form column."""
        if self.parts:
            for part in self.parts:
                yield from part.leaves()
        else:
            yield self


class Field(Struct, frozen=True):
    """Something a stage asks. `choices` maps key to label; `register` names where choices come from instead."""

    name: str
    stage: str
    label: str
    type: str
    ask: str
    hint: str = ""
    example: str = ""
    pattern: str = ""
    choices: dict[str, str] = {}
    register: str = ""
    columns: tuple[str, ...] = ()
    when: Condition | None = None

    @property
    def is_free_text(self) -> bool:
        """Tell whether the value enters the history only as a commitment."""
        return self.type in FREE_TEXT


class Requirement(Struct, frozen=True):
    """What a transition demands: one kind with its names or count; `standing` belongs to parties."""

    kind: str
    names: tuple[str, ...] = ()
    count: int = 0
    standing: str = ""
    when: Condition | None = None


class Transition(Struct, frozen=True):
    """A way from one stage to another; `effect` is "" or suspend, resume, end; `anywhere` from all open stages."""

    name: str
    label: str
    to: str
    role: str
    requires: tuple[Requirement, ...] = ()
    effect: str = ""
    anywhere: bool = False
    hint: str = ""


class Stage(Struct, frozen=True):
    """A place a proposal can stand at."""

    name: str
    label: str
    final: bool = False
    due: Duration | None = None
    hint: str = ""
    guidance: tuple[str, ...] = ()
    fields: dict[str, Field] = {}
    transitions: dict[str, Transition] = {}


class Gate(Struct, frozen=True):
    """A question that bodies must answer.

    `bodies` is a rule of `BODY_RULES` or empty where `named` lists them (key to label). `outcomes` maps the outcomes
    possible to their labels, `yes` are those that agree. `on` names the document kind whose text is put to the vote.
    `basis` names the column of the legal form that gives the legal basis ("" for none).
    """

    name: str
    label: str
    question: str
    outcomes: dict[str, str]
    yes: tuple[str, ...]
    bodies: str = ""
    named: dict[str, str] = {}
    rule: str = "all"
    number: int = 0
    veto: bool = False
    on: str = ""
    basis: str = ""
    optional: bool = False
    due: Duration | None = None
    when: Condition | None = None


class Obstacle(Struct, frozen=True):
    """A kind of Hemmnis of the catalogue with how it shows and what helps against it."""

    name: str
    label: str
    shows_as: str = ""
    measures: tuple[str, ...] = ()
    source: str = ""


class Check(Struct, frozen=True):
    """A recurrent legal question with legal basis, source, day of reading, and who confirmed it."""

    name: str
    label: str
    question: str
    hint: str = ""
    basis: str = ""
    source: str = ""
    as_of: str = ""
    checked_by: str = ""
    checked_on: str = ""


class Reason(Struct, frozen=True):
    """A reason why a proposal ends."""

    name: str
    label: str
    hint: str = ""


class Guidance(Struct, frozen=True):
    """A piece of advice on winning partners."""

    name: str
    title: str
    text: str
    source: str = ""


class Catalogue(Struct, frozen=True):
    """The dated data beside the workflows that a definition refers to by name."""

    obstacles: dict[str, Obstacle]
    checks: dict[str, Check]
    reasons: dict[str, Reason]
    guidance: dict[str, Guidance]


class Definition(Struct, frozen=True):
    """A workflow, whole and checked; `sha256` identifies the text it was read from."""

    name: str
    version: int
    label: str
    initial: str
    sha256: str
    roles: dict[str, str]
    write: tuple[str, ...]
    documents: dict[str, str]
    stages: dict[str, Stage]
    anywhere: dict[str, Transition]
    gates: dict[str, Gate]
    catalogue: Catalogue
    fields: dict[str, Field]

    def transitions_from(self, stage: str) -> dict[str, Transition]:
        """Return what leaves a stage: its own transitions first, then those possible from everywhere."""
        here = self.stages[stage]
        return {} if here.final else {**here.transitions, **self.anywhere}

    def transition_names(self) -> set[str]:
        """Return the names of all transitions."""
        return {name for stage in self.stages.values() for name in stage.transitions} | set(self.anywhere)

    @property
    def form_field(self) -> str:
        """Return the name of the field that holds the legal form, "" if none asks for it."""
        return next((field.name for field in self.fields.values() if field.register == "forms"), "")
