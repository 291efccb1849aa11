# ruff: noqa: E501  a case reads better in one line
"""A workflow is read whole or refused whole, with every fault at its line."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

import pytest
from homes import WORKFLOWS, catalogue_texts, definition_of, workflow_text
from hypothesis import given, settings
from hypothesis import strategies as st

from ikz_workflow.definition import Definition, Source, bundle, read, unbundle
from ikz_workflow.errors import DefinitionError, Problem

PROBE = """\
name = "probe"
version = 1
label = "Probe"
initial = "start"
write = ["clerk"]

[role]
clerk = "Sachbearbeitung"

[document]
guideline = "Handlungsleitfaden"

[stage.start]
label = "Anfang"
due = "10 working days"
guidance = ["same-eye-level"]

[stage.start.field.goal]
label = "Ziel"
type = "text"
ask = "Welches Ziel?"

[stage.start.field.form]
label = "Rechtsform"
type = "choice"
ask = "Welche Form?"
choices = "forms"

[stage.start.field.kind]
label = "Art"
type = "choice"
ask = "Welche Art?"
choices = { small = "klein", large = "groß" }

[stage.start.transition.begin]
label = "Beginnen"
to = "middle"
role = "clerk"
requires = [
  { fields = ["goal"] },
  { document = "guideline" },
  { checks = ["vat"] },
  { gate = "council", when = { form = "decides", is = "councils" } },
  { parties = 1, standing = "joined" },
]

[stage.middle]
label = "Mitte"

[stage.middle.field.day]
label = "Tag"
type = "date"
ask = "Welcher Tag?"
when = { field = "kind", is = "large" }

[stage.middle.transition.finish]
label = "Beenden"
to = "done"
role = "clerk"
requires = [{ reached = "day" }, { obstacles = "answered" }]

[stage.done]
label = "Fertig"
final = true

[anywhere.suspend]
label = "Ruhen lassen"
effect = "suspend"
role = "clerk"
requires = [{ note = true }]

[anywhere.resume]
label = "Wieder aufnehmen"
effect = "resume"
role = "clerk"

[gate.council]
label = "Beschluss"
question = "Stimmen alle zu?"
bodies = "councils"
rule = "all"
on = "guideline"
outcomes = ["adopted", "rejected"]
yes = ["adopted"]
basis = "decides"
when = { form = "decides", is = "councils" }

[gate.sign]
label = "Mitzeichnung"
question = "Zeichnen alle mit?"
bodies = { a = "Stelle A", b = "Stelle B" }
rule = 2
outcomes = { approved = "ja", rejected = "nein" }
yes = ["approved"]
"""


class Plant(NamedTuple):
    """A fault: what is replaced, the line it is found at (by what stands there), what is said of it."""

    name: str
    old: str
    new: str
    line: str
    said: str


# Each fault of a name is planted with a slip of the pen, so that the near name can be offered.
PLANTS = [
    Plant("unknown-stage", 'to = "middle"', 'to = "midle"', 'to = "midle"', "Die Stufe „midle“ ist nicht bekannt. Meinten Sie „middle“"),
    Plant("unknown-initial", 'initial = "start"', 'initial = "strat"', "strat", "Die Stufe „strat“ ist nicht bekannt. Meinten Sie „start“"),
    Plant("unknown-field", '["goal"]', '["gaol"]', "requires = [", "Das Feld „gaol“ ist nicht bekannt. Meinten Sie „goal“"),
    Plant("unknown-role", 'to = "done"\nrole = "clerk"', 'to = "done"\nrole = "clark"', "clark", "Die Rolle „clark“ ist nicht bekannt. Meinten Sie „clerk“"),
    Plant("unknown-writer", 'write = ["clerk"]', 'write = ["clerk", "clrk"]', "write", "Die Rolle „clrk“ ist nicht bekannt. Meinten Sie „clerk“"),
    Plant("unknown-gate", '{ gate = "council"', '{ gate = "counsil"', "requires = [", "Die Entscheidung „counsil“ ist nicht bekannt. Meinten Sie „council“"),
    Plant("unknown-document", '{ document = "guideline" }', '{ document = "guidline" }', "requires = [", "Das Dokument „guidline“ ist nicht bekannt. Meinten Sie „guideline“"),
    Plant("unknown-document-of-gate", 'on = "guideline"', 'on = "guidelin"', 'on = "guidelin"', "Das Dokument „guidelin“ ist nicht bekannt. Meinten Sie „guideline“"),
    Plant("unknown-column-of-amounts", 'type = "text"\nask = "Welches Ziel?"', 'type = "table"\ncolumns = ["Jahr", "Kosten"]\namounts = ["Kostn"]\nask = "Welches Ziel?"', "amounts", "Die Spalte „Kostn“ ist nicht bekannt. Meinten Sie „Kosten“"),
    Plant("unknown-check", 'checks = ["vat"]', 'checks = ["vatt"]', "requires = [", "Die Prüfung „vatt“ ist nicht bekannt. Meinten Sie „vat“"),
    Plant("unknown-form-column", '{ gate = "council", when = { form = "decides"', '{ gate = "council", when = { form = "decide"', "requires = [", "Die Spalte der Rechtsform „decide“ ist nicht bekannt. Meinten Sie „decides“"),
    Plant("unknown-form-value", 'when = { form = "decides", is = "councils" }\n\n[gate.sign]', 'when = { form = "decides", is = "council" }\n\n[gate.sign]', 'is = "council" }', "Der Wert für „decides“ „council“ ist nicht bekannt. Meinten Sie „councils“"),
    Plant("unknown-basis", 'basis = "decides"', 'basis = "decided"', "decided", "Die Spalte der Rechtsform „decided“ ist nicht bekannt. Meinten Sie „decides“"),
    Plant("unknown-condition-field", 'when = { field = "kind"', 'when = { field = "kid"', "kid", "Das Feld „kid“ ist nicht bekannt. Meinten Sie „kind“"),
    Plant("unknown-condition-value", 'is = "large" }', 'is = "larg" }', '"larg"', "Der Wert für „kind“ „larg“ ist nicht bekannt. Meinten Sie „large“"),
    Plant("condition-on-free-text", 'field = "kind", is = "large"', 'field = "goal", is = "x"', 'field = "goal"', "freien Text „goal“"),
    Plant("unknown-guidance", "same-eye-level", "same-eye-levle", "guidance", "Der Hinweis „same-eye-levle“ ist nicht bekannt. Meinten Sie „same-eye-level“"),
    Plant("unknown-type", 'type = "date"', 'type = "dat"', '"dat"', "Der Feldtyp „dat“ ist nicht bekannt. Meinten Sie „date“"),
    Plant("unknown-outcome", 'outcomes = ["adopted", "rejected"]', 'outcomes = ["adopted", "rejekted"]', "rejekted", "Das Ergebnis „rejekted“ ist nicht bekannt. Meinten Sie „rejected“"),
    Plant("yes-not-an-outcome", 'yes = ["approved"]', 'yes = ["aproved"]', "aproved", "Das zustimmende Ergebnis „aproved“ ist nicht bekannt. Meinten Sie „approved“"),
    Plant("unknown-bodies", 'bodies = "councils"', 'bodies = "concils"', "concils", "Die Regel für die Stellen „concils“ ist nicht bekannt. Meinten Sie „councils“"),
    Plant("unknown-rule", 'rule = "all"', 'rule = "al"', 'rule = "al"', "Die Regel „al“ ist nicht bekannt. Meinten Sie „all“"),
    Plant("unknown-standing", 'standing = "joined"', 'standing = "joint"', "requires = [", "Der Stand der Beteiligten „joint“ ist nicht bekannt. Meinten Sie „joined“"),
    Plant("unknown-obstacle-state", 'obstacles = "answered"', 'obstacles = "answerd"', "obstacles", "Der Stand der Hemmnisse „answerd“ ist nicht bekannt. Meinten Sie „answered“"),
    Plant("unknown-effect", 'effect = "suspend"', 'effect = "suspnd"', "suspnd", "Die Wirkung „suspnd“ ist nicht bekannt. Meinten Sie „suspend“"),
    Plant("unknown-key-of-file", 'name = "probe"', 'name = "probe"\nlable = "x"', "lable", "Der Schlüssel „lable“ ist nicht bekannt. Meinten Sie „label“"),
    Plant("unknown-key-of-stage", 'due = "10', 'hnt = "x"\ndue = "10', "hnt", "Der Schlüssel „hnt“ ist nicht bekannt. Meinten Sie „hint“"),
    Plant("unknown-key-of-field", 'type = "date"', 'type = "date"\nhnit = "x"', "hnit", "Der Schlüssel „hnit“ ist nicht bekannt. Meinten Sie „hint“"),
    Plant("unknown-key-of-transition", 'to = "done"', 'to = "done"\nrequire = []', "require = []", "Der Schlüssel „require“ ist nicht bekannt. Meinten Sie „requires“"),
    Plant("unknown-key-of-gate", 'rule = "all"', 'rule = "all"\nvetto = true', "vetto", "Der Schlüssel „vetto“ ist nicht bekannt. Meinten Sie „veto“"),
    Plant("unknown-requirement", "{ note = true }", "{ notiz = true }", "notiz", "Eine Voraussetzung nennt eines von"),
    Plant("unreachable-stage", "[stage.done]", '[stage.island]\nlabel = "Insel"\n[stage.island.transition.leave]\nlabel = "Weg"\nto = "done"\nrole = "clerk"\n\n[stage.done]', "[stage.island]", "Die Stufe „island“ ist von „start“ aus nicht erreichbar."),
    Plant("no-way-to-an-end", "[stage.done]", '[stage.start.transition.trap]\nlabel = "Falle"\nto = "trapped"\nrole = "clerk"\n[stage.trapped]\nlabel = "Falle"\n\n[stage.done]', "[stage.trapped]", "Aus der Stufe „trapped“ führt kein Weg zu einem Ende."),
    Plant("exit-from-a-final-stage", "final = true", 'final = true\n[stage.done.transition.again]\nlabel = "Noch einmal"\nto = "start"\nrole = "clerk"', "[stage.done]", "Aus einer Endstufe führt kein Übergang hinaus."),
    Plant("field-demanded-too-early", '["goal"]', '["goal", "day"]', "requires = [", "Das Feld „day“ fragt erst die spätere Stufe „middle“ ab."),
    Plant("gate-without-a-yes", 'yes = ["approved"]', "yes = []", "[gate.sign]", "Diese Frage kann nie bejaht werden"),
    Plant("gate-asking-too-many", "rule = 2", "rule = 3", "rule = 3", "3 Zustimmungen verlangt, aber nur 2 Stellen"),
    Plant("due-without-unit", '"10 working days"', '"10"', 'due = "10"', "Die Frist „10“ braucht Zahl und Einheit"),
    Plant("transition-named-twice", "[stage.middle.transition.finish]", "[stage.middle.transition.begin]", "[stage.middle.transition.begin]", "Den Übergang „begin“ gibt es schon"),
    Plant("field-asked-twice", "[stage.middle.field.day]", '[stage.middle.field.goal]\nlabel = "Ziel"\ntype = "text"\nask = "?"\n\n[stage.middle.field.day]', "[stage.middle.field.goal]", "Das Feld „goal“ fragt schon die Stufe „start“ ab."),
    Plant("reached-without-date", '{ reached = "day" }', '{ reached = "kind" }', '"kind" }, { obst', "„reached“ braucht ein Datumsfeld"),
    Plant("transition-to-nowhere", 'to = "done"\n', "", "[stage.middle.transition.finish]", "Ein Übergang braucht „to“"),
    Plant("choices-missing", 'choices = { small = "klein", large = "groß" }\n', "", "[stage.start.field.kind]", "„choices“ gehört zu einem Feld vom Typ „choice“"),
    Plant("pattern-not-regular", 'type = "date"', 'type = "date"\npattern = "("', "pattern", "Das Muster „(“ ist kein regulärer Ausdruck."),
    Plant("unknown-reason", 'to = "done"', 'to = "done"\nreason = "completd"', "completd", "Der Grund „completd“ ist nicht bekannt. Meinten Sie „completed“"),
    Plant("reason-without-end", 'to = "middle"', 'to = "middle"\nreason = "completed"', 'reason = "completed"', "Einen Grund nennt nur ein Übergang, der in eine Endstufe führt."),
    Plant("unknown-field-to-take-along", 'to = "done"', 'to = "done"\nstarts = { workflow = "kooperation", fields = { goals = "gaol" } }', "gaol", "Das Feld „gaol“ ist nicht bekannt. Meinten Sie „goal“"),
    Plant("starting-nothing", 'to = "done"', 'to = "done"\nstarts = { standing = "interested" }', "starts = ", "Es fehlt der Schlüssel „workflow“."),
    Plant("unknown-key-of-starts", 'to = "done"', 'to = "done"\nstarts = { workflow = "kooperation", contact = true }', "contact = ", "Der Schlüssel „contact“ ist nicht bekannt. Meinten Sie „contacts“"),
    Plant("label-missing", 'label = "Mitte"\n', "", "[stage.middle]", "Es fehlt der Schlüssel „label“."),
    Plant("label-empty", 'label = "Mitte"', 'label = " "', 'label = " "', "„label“ ist leer."),
    Plant("version-not-a-number", "version = 1", 'version = "eins"', "eins", "„version“ muss eine ganze Zahl sein."),
    Plant("final-not-a-truth", "final = true", "final = 1", "final = 1", "„final“ muss true oder false sein."),
]  # fmt: skip


def faults_of(text: str, templates: frozenset[str] | None = frozenset({"guideline"})) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as caught:
        read(Source("probe.toml", text, catalogue_texts()), templates)
    return caught.value.problems


def line_with(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def planted(plant: Plant, text: str = PROBE) -> str:
    assert text.count(plant.old) >= 1, plant.name
    return text.replace(plant.old, plant.new, 1)


def test_the_probe_itself_is_without_fault() -> None:
    assert read(Source("probe.toml", PROBE, catalogue_texts()), frozenset({"guideline"})).name == "probe"


@pytest.mark.parametrize("name", sorted(path.stem for path in WORKFLOWS.glob("*.toml")))
def test_the_shipped_workflows_load(name: str) -> None:
    templates = frozenset(path.name.removesuffix(".md.j2") for path in (WORKFLOWS.parent / "templates").glob("*.md.j2"))
    definition = read(Source(f"{name}.toml", workflow_text(name), catalogue_texts()), templates)
    assert definition.name == name
    assert definition.stages[definition.initial]
    assert any(stage.final for stage in definition.stages.values())


@pytest.mark.parametrize("plant", PLANTS, ids=[plant.name for plant in PLANTS])
def test_a_planted_fault_is_named_with_file_line_and_near_name(plant: Plant) -> None:
    text = planted(plant)
    problems = faults_of(text)
    matching = [problem for problem in problems if plant.said in problem.text]
    assert matching, [str(problem) for problem in problems]
    assert {problem.where for problem in matching} == {"probe.toml"}
    assert line_with(text, plant.line) in [problem.line for problem in matching]


def test_a_document_without_template_is_named_at_its_line() -> None:
    [problem] = faults_of(PROBE, frozenset({"letter"}))
    assert problem == Problem(
        "probe.toml", line_with(PROBE, "guideline ="), "Für das Dokument „guideline“ gibt es keine Vorlage."
    )


def test_without_templates_at_hand_a_pinned_definition_still_loads() -> None:
    assert read(Source("probe.toml", PROBE, catalogue_texts()), None).documents == {"guideline": "Handlungsleitfaden"}


def test_a_file_with_every_fault_gets_every_fault_in_one_report() -> None:
    # These hide others: a broken first or last stage leaves nothing to say of ways; two plants in one place collide.
    hiding = {
        "unknown-initial",
        "unknown-stage",
        "transition-to-nowhere",
        "final-not-a-truth",
        "transition-named-twice",
    }
    hiding |= {"unknown-condition-field", "condition-on-free-text", "choices-missing", "starting-nothing"}
    hiding |= {"unknown-key-of-starts"}
    text, wanted = PROBE, []
    for plant in PLANTS:
        if plant.name in hiding or plant.old not in text:
            continue
        text = planted(plant, text)
        wanted.append(plant)
    assert len(wanted) > 30
    said = [str(problem) for problem in faults_of(text, frozenset())]
    lost = [plant.name for plant in wanted if not any(plant.said.split(" Meinten")[0] in one for one in said)]
    assert lost == []
    assert len(said) == len(set(said))


def test_faults_of_workflow_and_catalogues_come_in_one_report() -> None:
    texts = {**catalogue_texts(), "reasons": '[reason.x]\nlable = "y"\n', "checks": "[check.x\n"}
    with pytest.raises(DefinitionError) as caught:
        read(Source("probe.toml", PROBE.replace("version = 1", "version = 1.5"), texts))
    places = {(problem.where, problem.line) for problem in caught.value.problems}
    assert {("catalogue/reasons.toml", 1), ("catalogue/reasons.toml", 2), ("catalogue/checks.toml", 1)} <= places
    assert ("probe.toml", 2) in places


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('name = "a"\nname = "b"\n', 2, "steht zweimal"),
        ("[stage.a]\n[stage.b]\n[stage.a]\n", 3, "Die Tabelle steht zweimal hier."),
        ("name = probe\n", 1, "kein TOML"),
        ('name = "probe\n', 1, "Anführungszeichen"),
        ("name\n", 1, "Gleichheitszeichen"),
        ("[stage.a\n", 1, "schließende Klammer"),
        ('a = 1 b = 2\n', 1, "Hinter dem Wert"),
        ('a = "\x01"\n', 1, "nicht erlaubt"),
        ('a = "C:\\Ordner"\n', 1, "Schrägstrich"),
        ("a = 1\n= 2\n", 2, "weder Tabelle noch Schlüssel"),
    ],
)  # fmt: skip
def test_what_toml_refuses_is_said_in_german_with_the_line(text: str, line: int, said: str) -> None:
    [problem] = faults_of(text)
    assert problem.line == line
    assert said in problem.text


def test_a_leading_byte_order_mark_is_tolerated() -> None:
    assert definition_of("\ufeff" + PROBE).name == "probe"


def test_windows_line_ends_are_tolerated_and_counted() -> None:
    text = PROBE.replace('to = "middle"', 'to = "midle"').replace("\n", "\r\n")
    assert line_with(text, "midle") in [problem.line for problem in faults_of(text)]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = PROBE.replace("Anfang", "An\u2028fa\u0085ng").replace('to = "middle"', 'to = "midle"')
    wanted = text.split("\n").index('to = "midle"') + 1
    assert wanted in [problem.line for problem in faults_of(text)]


@pytest.mark.parametrize("text", ["", "\n\n", "# nur ein Kommentar\n", "\ufeff"])
def test_an_empty_file_is_called_empty(text: str) -> None:
    assert [problem.text for problem in faults_of(text)] == ["Die Datei ist leer."]


@pytest.mark.parametrize("text", ["\0\x01\x02", "PK\x03\x04\ufffd\ufffd", "\ufffd" * 100])
def test_a_binary_file_is_refused_as_no_toml(text: str) -> None:
    assert [problem.line for problem in faults_of(text)] == [1]


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000,
        "a = " + "{a = " * 5000,
        PROBE + "".join(f"[[stage.start.field.kind.when{'.any' * depth}]]\n" for depth in range(1, 300)),
        "[" + ".".join("a" * 3000) + "]\n",
    ],
    ids=["lists", "tables", "conditions", "headers"],
)
def test_deep_nesting_is_a_fault_and_no_crash(text: str) -> None:
    assert faults_of(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('outcomes = ["adopted", "rejected"]', "outcomes = 5"),
        ('outcomes = ["adopted", "rejected"]', "outcomes = [1]"),
        ('outcomes = ["adopted", "rejected"]', "outcomes = [[]]"),
        ('outcomes = { approved = "ja", rejected = "nein" }', "outcomes = { approved = 5, rejected = 1 }"),
        ('outcomes = ["adopted", "rejected"]', 'outcomes = "adopted"'),
        ('yes = ["adopted"]', 'yes = "adopted"'),
        ('bodies = "councils"', "bodies = 7"),
        ('rule = "all"', "rule = []"),
        ('rule = "all"', "rule = -1"),
        ('type = "date"', 'type = "date"\npattern = "a{99999999999999999999}"'),
        ('choices = "forms"', "choices = [1]"),
        ('when = { field = "kind", is = "large" }', "when = 5"),
        ('when = { field = "kind", is = "large" }', 'when = { any = "x" }'),
        ('when = { field = "kind", is = "large" }', 'when = { field = 5, is = "x" }'),
        ('when = { field = "kind", is = "large" }', 'when = { field = "kind" }'),
        ("requires = [{ note = true }]", "requires = 5"),
        ("requires = [{ note = true }]", "requires = [5]"),
        ("requires = [{ note = true }]", "requires = [{ fields = 5 }]"),
        ("requires = [{ note = true }]", "requires = [{ parties = 0, standing = 5 }]"),
        ("requires = [{ note = true }]", "requires = [{}]"),
        ("[stage.done]", "[stage]\nx = 5\n[stage.done]"),
        ("[role]\nclerk = ", "[role]\nother = 5\nclerk = "),
        ('bodies = { a = "Stelle A"', 'bodies = { a = " "'),
        ('bodies = { a = "Stelle A"', 'bodies = { "" = "Stelle A"'),
        ('choices = { small = "klein"', 'choices = { small = ""'),
        ('choices = { small = "klein"', 'choices = { "s m" = "klein"'),
        ("[document]", "[[document]]"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_a_fault_and_no_crash(old: str, new: str) -> None:
    assert PROBE.count(old) >= 1
    assert faults_of(PROBE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('bodies = { a = "Stelle A", b = "Stelle B" }', 'bodies = "own-council"', "one body is asked, two have to agree"),
        ("requires = [{ note = true }]\n\n[anywhere.resume]", "\n[anywhere.resume]", "what rests has to say why, or nothing would rest"),
        ('requires = [{ note = true }]', 'requires = [{ note = true }, { fields = ["day"] }]', "asked from everywhere, but only the second stage asks for it"),
        ("[stage.done]", '[stage."*"]\nlabel = "Stern"\nfinal = true\n[stage.middle.transition.star]\nlabel = "Stern"\nto = "*"\nrole = "clerk"\n[stage.done]', "a star means every stage to the state machine"),
        ("[stage.middle.field.day]", '[stage.middle.field."ein Tag="]\nlabel = "x"\ntype = "line"\nask = "?"\n[stage.middle.field.day]', "no command line could set it"),
        ("[stage.middle.field.day]", '[stage.middle.field."größe"]\nlabel = "x"\ntype = "line"\nask = "?"\n[stage.middle.field.day]', "keys of the history are ASCII"),
    ],
    ids=["own-council-twice", "rest-without-note", "anywhere-too-early", "star", "space", "umlaut"],
)  # fmt: skip
def test_what_could_never_work_is_refused(old: str, new: str, why: str) -> None:
    assert PROBE.count(old) >= 1
    assert faults_of(PROBE.replace(old, new, 1)), why


def test_a_definition_is_identified_by_the_text_it_was_read_from() -> None:
    source = Source("probe.toml", PROBE, catalogue_texts())
    assert unbundle(bundle(source)) == source
    assert read(unbundle(bundle(source))).sha256 == read(source).sha256
    assert read(Source("probe.toml", PROBE + "# anders\n", catalogue_texts())).sha256 != read(source).sha256


_ODD = st.sampled_from(
    ['""', "0", "-1", "1.5", "true", "[]", "{}", "[[]]", "[1]", '["x"]', "[{}]", '{ x = "y" }', "2026-01-01",
     '"idea"', '"ended"', '"all"', "99999999999999999999", "nan", "'(['", '"councils"', "[true, 5]"]
)  # fmt: skip
_LINES = workflow_text().splitlines()


@settings(max_examples=200)
@given(st.data())
def test_a_mutated_workflow_is_read_or_refused_and_never_crashes(data: st.DataObject) -> None:
    lines = list(_LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        deed = data.draw(st.sampled_from(["drop", "double", "move", "value", "name", "cut", "text"]))
        line = lines[place]
        if deed == "drop":
            del lines[place]
        elif deed == "double":
            lines.insert(place, line)
        elif deed == "move":
            lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(place))
        elif deed == "value" and "=" in line:
            lines[place] = line.partition("=")[0] + "= " + data.draw(_ODD)
        elif deed == "name":
            lines[place] = re.sub(
                r"[a-z-]+", lambda found: found.group()[::-1], line, count=data.draw(st.integers(1, 3))
            )
        elif deed == "cut":
            lines[place] = line[: data.draw(st.integers(0, len(line)))]
        elif deed == "text":
            lines[place] = line + data.draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
    text = "\n".join(lines)
    problems: tuple[Problem, ...] = ()
    try:
        definition = definition_of(text)
    except DefinitionError as error:
        problems = error.problems
    else:
        assert isinstance(definition, Definition)
        assert tomllib.loads(text.removeprefix("\ufeff"))["name"] == definition.name
        return
    assert problems
    assert all(problem.text and problem.where for problem in problems)
    assert all(problem.line is None or 1 <= problem.line <= text.count("\n") + 1 for problem in problems)
