"""Hold the values a workflow definition is made of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

# What a column of a legal form's row may say; `when = { form = COLUMN, is = VALUE }` is checked against it.
FORM_COLUMNS: dict[str, tuple[str, ...]] = {
    "decides": ("councils", "heads", "by-value"),
    "supervision": ("approval", "case-by-case", "notice", "none", "by-special-law"),
    "publication": ("required", "by-authority", "register", "none"),
    "document": (
        "agreement",
        "statutes",
        "cooperation-agreement",
        "administrative-agreement",
        "letter-of-intent",
        "none",
    ),
    "variant": ("delegating", "mandating", "consortium", "public-law", "private-law", "none"),
}
FIELD_TYPES = ("text", "line", "table", "choice", "date", "money", "number", "yes-no", "organisation", "departments")
FREE_TEXT = frozenset({"text", "line", "table"})
DURATION_UNITS = {"working days": "Arbeitstage", "days": "Tage", "weeks": "Wochen", "months": "Monate"}
GUIDELINE_CHAPTERS = ("stock", "partner", "staff", "procedure", "communication", "pilot", "exit")
# How a proposal can end; a requirement `reason = KIND` takes the reasons of that kind.
REASON_KINDS = ("end", "failure", "withdrawal")
BODY_RULES = ("councils", "heads", "own-council", "authorities", "parties")
# In place of a document's name: the one that the legal form's row names in its column „document“.
BY_FORM = "form.document"


class Duration(Struct, frozen=True):
    """A span such as 60 working days; unit as in `DURATION_UNITS`."""

    amount: int
    unit: str

    def __str__(self) -> str:
        """Return the span in German."""
        unit = DURATION_UNITS[self.unit]
        return f"{self.amount} {unit if self.amount != 1 else unit[:-1]}"  # all plurals end in one letter more


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
    """Something a stage asks. `choices` maps key to label; `register` names where choices come from instead.

    A date or the dates in a table's rows stand in the calendar where `calendar` says so. `amounts` names the columns
    of a table that hold amounts of money.
    """

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
    amounts: tuple[str, ...] = ()
    calendar: bool = False
    when: Condition | None = None

    @property
    def is_free_text(self) -> bool:
        """Tell whether the value enters the history only as a commitment."""
        return self.type in FREE_TEXT


class Requirement(Struct, frozen=True):
    """What a transition demands: one kind with its names or count; `standing` belongs to parties.

    A document may be named by the legal form (`BY_FORM`). `order` names date fields, the earlier first.
    """

    kind: str
    names: tuple[str, ...] = ()
    count: int = 0
    standing: str = ""
    when: Condition | None = None


class Starts(Struct, frozen=True):
    """What a transition starts: another proposal, by a workflow, with what it takes along.

    Title, department and topic come along in any case, the parties with the `standing` they have there ("" for the one
    they have here), the contacts if `contacts`. `fields` maps the fields there to those here.
    """

    workflow: str
    standing: str = ""
    contacts: bool = False
    fields: dict[str, str] = {}


class Transition(Struct, frozen=True):
    """A way from one stage to another; `effect` is "" or suspend, resume, end.

    `anywhere` leads from all open stages but those of `excepted`. `reason` is the end reason that the transition itself
    names, "" where the actor says it. `four_eyes`: not by the one who brought the proposal into its present stage.
    """

    name: str
    label: str
    to: str
    role: str
    requires: tuple[Requirement, ...] = ()
    effect: str = ""
    anywhere: bool = False
    excepted: tuple[str, ...] = ()
    hint: str = ""
    reason: str = ""
    starts: Starts | None = None
    four_eyes: bool = False

    @property
    def wants_review(self) -> bool:
        """Tell whether it demands the day on which a resting proposal is looked at again."""
        return any(need.kind == "review" for need in self.requires)


class Stage(Struct, frozen=True):
    """A place a proposal can stand at; `goal` is where a co-operation has come about.

    `due` is how long it may stand there, `silence` how long a partner may go unheard.
    """

    name: str
    label: str
    final: bool = False
    goal: bool = False
    due: Duration | None = None
    silence: Duration | None = None
    hint: str = ""
    guidance: tuple[str, ...] = ()
    fields: dict[str, Field] = {}
    transitions: dict[str, Transition] = {}


class Gate(Struct, frozen=True):
    """A question that bodies must answer.

    `bodies` is a rule of `BODY_RULES` or empty where `named` lists them (key to label), with the departments that the
    field `listed` names. `outcomes` maps the outcomes possible to their labels, `yes` are those that agree. `on` names
    the document kind whose text is put to the vote, or `BY_FORM`. A `fresh` gate counts only what was decided since the
    last transition. `role` is the one that records its decisions ("" for whoever may write). `basis` names the column
    of the legal form that gives the legal basis ("" for none).
    """

    name: str
    label: str
    question: str
    outcomes: dict[str, str]
    yes: tuple[str, ...]
    bodies: str = ""
    named: dict[str, str] = {}
    listed: str = ""
    role: str = ""
    fresh: bool = False
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
    """A reason why a proposal ends; `kinds` are the endings it fits (`REASON_KINDS`), `success`: no failure."""

    name: str
    label: str
    hint: str = ""
    success: bool = False
    kinds: tuple[str, ...] = ()


class Guidance(Struct, frozen=True):
    """A piece of advice on winning partners; `chapter` is the one of the guideline where it helps ("" for none)."""

    name: str
    title: str
    text: str
    source: str = ""
    chapter: str = ""


class Catalogue(Struct, frozen=True):
    """The dated data beside the workflows that a definition refers to by name."""

    obstacles: dict[str, Obstacle]
    checks: dict[str, Check]
    reasons: dict[str, Reason]
    guidance: dict[str, Guidance]


class Definition(Struct, frozen=True, dict=True):
    """A workflow, whole and checked; `sha256` identifies the text it was read from.

    `write` are the roles that record facts, `bound` those that count in the person's own departments only.
    """

    name: str
    version: int
    label: str
    initial: str
    sha256: str
    roles: dict[str, str]
    write: tuple[str, ...]
    bound: tuple[str, ...]
    documents: dict[str, str]
    stages: dict[str, Stage]
    anywhere: dict[str, Transition]
    gates: dict[str, Gate]
    catalogue: Catalogue
    fields: dict[str, Field]

    def transitions_from(self, stage: str) -> dict[str, Transition]:
        """Return what leaves a stage: its own transitions first, then those possible from everywhere."""
        return self._leaving[stage]

    @cached_property
    def _leaving(self) -> dict[str, dict[str, Transition]]:
        everywhere = self.anywhere.items()
        return {
            name: {}
            if stage.final
            else {**stage.transitions, **{key: one for key, one in everywhere if name not in one.excepted}}
            for name, stage in self.stages.items()
        }

    def transition_names(self) -> set[str]:
        """Return the names of all transitions."""
        return {name for stage in self.stages.values() for name in stage.transitions} | set(self.anywhere)

    def deciding(self, gate: str) -> tuple[str, ...]:
        """Return the roles that may record decisions at a gate."""
        named = self.gates[gate].role if gate in self.gates else ""
        return (named,) if named else self.write

    @cached_property
    def form_field(self) -> str:
        """Return the name of the field that holds the legal form, "" if none asks for it."""
        return next((field.name for field in self.fields.values() if field.register == "forms"), "")

    @cached_property
    def direction_fields(self) -> tuple[str, ...]:
        """Return the names of the fields that hold the direction."""
        return tuple(name for name, field in self.fields.items() if field.register == "directions")

    @cached_property
    def free_texts(self) -> frozenset[str]:
        """Return the names of the fields that take free text."""
        return frozenset(name for name, field in self.fields.items() if field.is_free_text)

    @cached_property
    def department_fields(self) -> tuple[str, ...]:
        """Return the names of the fields that list departments."""
        return tuple(name for name, field in self.fields.items() if field.type == "departments")
