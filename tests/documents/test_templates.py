"""What the template language promises."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from docx import Document

from ikz_workflow.documents.markdown import compile_template, undeclared
from ikz_workflow.documents.reading import as_text
from ikz_workflow.documents.values import Open
from ikz_workflow.errors import DocumentError, InvalidInput

from .conftest import FRONT

Read = Callable[..., str]


def faults(body: str, front: str = FRONT) -> list[tuple[int | None, str]]:
    with pytest.raises(DocumentError) as caught:
        compile_template(front + body, "probe.md.j2")
    return [(problem.line, problem.text) for problem in caught.value.problems]


def test_headings_paragraphs_lists_and_emphasis_become_styles(read: Read) -> None:
    assert read("# Eins\n\nText **fett**\nweiter.\n\n- a\n  - b\n\n1. x\n   1. y\n2. z\n") == (
        "Heading 1: Eins\nNormal: Text fett weiter.\nList Bullet: •\ta\nList Bullet 2: •\tb\n"
        "List Number: 1.\tx\nList Number 2: a)\ty\nList Number: 2.\tz\n"
    )


def test_a_control_line_repeats_table_rows(read: Read) -> None:
    body = "| A | B |\n|---|---:|\n{% for r in rows %}\n| {{ r.a }} | {{ r.b }} |\n{% endfor %}\nDanach.\n"
    body = body.replace("\nDanach", "\n\nDanach")
    assert read(body, {"rows": [{"a": "x|y", "b": 1}, {"a": "z", "b": True}]}) == (
        "Tabellenzeile: A | B\nTabellenzeile: x|y | 1\nTabellenzeile: z | ja\nNormal: Danach.\n"
    )


def test_an_endif_right_behind_a_table_closes_what_stands_around_it(read: Read) -> None:
    body = "{% if yes %}\n| A |\n|---|\n| b |\n{% endif %}\n\nEnde\n"
    assert read(body, {"yes": True}) == "Tabellenzeile: A\nTabellenzeile: b\nNormal: Ende\n"
    assert read(body, {"yes": False}) == "Normal: Ende\n"


def test_a_lone_value_with_blank_lines_becomes_paragraphs(read: Read) -> None:
    assert read("{{ t }}\n", {"t": "eins\nzwei\n\ndrei"}) == "Normal: eins\nzwei\nNormal: drei\n"


def test_a_paragraph_of_false_conditions_leaves_nothing(make: Callable[..., bytes], read: Read) -> None:
    body = "vor\n\n{% if no %}*weg*{% endif %} {% if no %}auch{% endif %}\n\nnach\n"
    assert make(body, {"no": False}) == make("vor\n\n{{ t }}\n\nnach\n", {"t": ""})
    assert read(body, {"no": True}) == "Normal: vor\nNormal: weg auch\nNormal: nach\n"


def test_section_numbers_stay_right_when_a_section_falls_away(read: Read) -> None:
    body = (
        "Siehe {@kosten}.\n\n## § Personal {#personal}\n\n(#) a\n\n(#) b\n\n{% if law %}\n"
        "## § Recht {#recht}\n\n(#) c\n{% endif %}\n\n"
        "## § Kosten {#kosten}\n\n(#) nach {@personal}\n"
    )
    assert read(body, {"law": True}).splitlines()[0] == "Normal: Siehe §\u00a03."
    assert read(body, {"law": False}) == (
        "Normal: Siehe §\u00a02.\nHeading 2: §\u00a01 Personal\nAbsatz: (1)\ta\nAbsatz: (2)\tb\n"
        "Heading 2: §\u00a02 Kosten\nAbsatz: (1)\tnach §\u00a01\n"
    )


def test_a_reference_to_a_paragraph_cites_it_as_its_reader_stands(read: Read) -> None:
    body = (
        "## § Kosten\n\n{% if first %}\n(#) zuerst\n{% endif %}\n\n(#) {{ t }} {#rechnung}\n\n"
        "(#) wie {@rechnung}\n\n## § Ende\n\n(#) wie {@rechnung}\n"
    )
    assert read(body, {"first": True, "t": "b"}).splitlines()[2:] == [
        "Absatz: (2)\tb", "Absatz: (3)\twie Absatz\u00a02",
        "Heading 2: §\u00a02 Ende", "Absatz: (1)\twie §\u00a01 Abs.\u00a02",
    ]  # fmt: skip
    assert read(body, {"first": False, "t": "b"}).splitlines()[-1] == "Absatz: (1)\twie §\u00a01 Abs.\u00a01"


def test_what_follows_a_numbered_paragraph_stands_under_its_words(read: Read) -> None:
    body = "## § A\n\nvorweg\n\n(#) eins:\n\n- a\n- b\n\ndazu\n\n1. c\n\n## § B\n\n- d\n"
    assert read(body).splitlines()[1:] == [
        "Normal: vorweg", "Absatz: (1)\teins:", "Absatz Aufzählung: •\ta", "Absatz Aufzählung: •\tb",
        "Absatz Text: dazu", "Absatz Nummer: 1.\tc", "Heading 2: §\u00a02 B", "List Bullet: •\td",
    ]  # fmt: skip


def test_lines_that_people_type_as_a_list_are_set_as_one_and_keep_every_sign(read: Read) -> None:
    value = "Es geht um\n– Auswahl\n– Pflege\nweiter\nund mehr\n\n2. Punkt\na) Teil\n- x"
    assert read("{{ t }}\n", {"t": value}).splitlines() == [
        "Normal: Es geht um", "Aufzählungszeile: –\tAuswahl", "Aufzählungszeile: –\tPflege", "Normal: weiter",
        "und mehr", "Aufzählungszeile: 2.\tPunkt", "Aufzählungszeile: a)\tTeil", "Aufzählungszeile: -\tx",
    ]  # fmt: skip
    assert read("| A |\n|---|\n| {{ t }} |\n", {"t": "– a\n– b"}).splitlines()[1] == "Tabellenzeile: –\ta / –\tb"
    assert read("::: note\n{{ t }}\n:::\n", {"t": "– a\n– b"}) == "Hinweis: – a\n– b\n"


def test_a_letter_ends_on_one_page_with_the_words_before(make: Callable[..., bytes]) -> None:
    made = Document(BytesIO(make("Text\n\n::: closing\nMit freundlichen Grüßen\n{{ x }}\n:::\n", {"x": "Name"})))
    assert [paragraph.style.name for paragraph in made.paragraphs] == [
        "Normal", "Grußformel", "Unterzeichnende Person",
    ]  # fmt: skip
    assert made.paragraphs[0].paragraph_format.keep_with_next


def test_what_follows_a_page_break_begins_the_page_itself(make: Callable[..., bytes]) -> None:
    made = Document(BytesIO(make("a\n\n::: pagebreak\n\n# B\n\n::: pagebreak\n\nc\n")))
    assert [paragraph.text for paragraph in made.paragraphs] == ["a", "B", "c"]
    assert [paragraph.paragraph_format.page_break_before for paragraph in made.paragraphs] == [None, True, True]


@pytest.mark.parametrize(("rows", "held"), [(1, []), (4, [1, 2, 3]), (9, [1, 8])])
def test_a_short_table_is_not_torn_and_no_row_of_a_long_one_stands_alone(
    rows: int, held: list[int], make: Callable[..., bytes]
) -> None:
    made = make("| A |\n|---|\n{% for x in xs %}\n| {{ x }} |\n{% endfor %}\n", {"xs": list(range(rows))})
    cells = [row.cells[0].paragraphs[0] for row in Document(BytesIO(made)).tables[0].rows]
    assert [at for at, cell in enumerate(cells) if cell.paragraph_format.keep_with_next] == held


def test_few_rows_of_many_lines_may_be_torn_for_they_are_a_long_table(make: Callable[..., bytes]) -> None:
    table = "| Was | Wer |\n|---|---|\n{% for row in rows %}\n| {{ row }} | x |\n{% endfor %}\n"
    document = Document(BytesIO(make(table, {"rows": ["\n".join("abcdefgh")] * 3})))
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in document.tables[0].rows]
    assert kept == [None] * 4


def test_what_ends_with_a_colon_stands_on_the_page_of_what_it_announces(make: Callable[..., bytes]) -> None:
    document = Document(BytesIO(make("Vorweg.\n\nEs gilt:\n\n- eins\n\n::: note\nAuch hier:\n:::\n\nEnde.\n")))
    kept = {one.text: one.paragraph_format.keep_with_next for one in document.paragraphs}
    assert kept == {"Vorweg.": None, "Es gilt:": True, "eins": None, "Auch hier:": True, "Ende.": None}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Es gilt:", {"Es gilt:": True}),
        ("Es gilt: 1", {"Es gilt: 1": None}),
        ("Es gilt:\n- eins", {"Es gilt:": True, "-\teins": None}),
        ("Es gilt:\n\nDas.", {"Es gilt:": True, "Das.": None}),
        ("", {}),
    ],
)
def test_a_value_that_ends_with_a_colon_stands_on_the_page_of_what_it_announces(
    make: Callable[..., bytes], value: str, kept: dict[str, bool | None]
) -> None:
    paragraphs = Document(BytesIO(make("{{ x }}\n", {"x": value}))).paragraphs
    assert {one.text: one.paragraph_format.keep_with_next for one in paragraphs} == kept


def test_a_paragraph_kept_for_two_reasons_says_so_once(make: Callable[..., bytes]) -> None:
    before, *_closing = Document(BytesIO(make("Es gilt:\n\n::: closing\nGruß\n:::\n"))).paragraphs
    assert before._p.xml.count("<w:keepNext/>") == 1

    table = "| A |\n|---|\n{% for x in xs %}\n| {{ x }} |\n{% endfor %}\n"
    rows = Document(BytesIO(make(table, {"xs": ["eins", "Es gilt:", "drei"]}))).tables[0].rows
    assert [row.cells[0].paragraphs[0]._p.xml.count("<w:keepNext/>") for row in rows] == [0, 1, 1, 0]


def test_chapters_are_counted_by_level(read: Read) -> None:
    assert read("# (#) A {#a}\n\n## (#) B\n\n## (#) C {#c}\n\n# (#) D\n\n{@c} {@a}\n") == (
        "Heading 1: 1\tA\nHeading 2: 1.1\tB\nHeading 2: 1.2\tC\nHeading 1: 2\tD\n"
        "Normal: Abschnitt\u00a01.2 Abschnitt\u00a01\n"
    )


def test_a_reference_to_a_section_that_fell_away_names_its_line(make: Callable[..., bytes]) -> None:
    with pytest.raises(DocumentError) as caught:
        make("{% if no %}\n# § A {#a}\n{% endif %}\n\nNach {@a}.\n", {"no": False})
    assert caught.value.problems[0].line == 9


def test_ordered_lists_count_on_through_loops_and_restart_after_text(read: Read) -> None:
    body = (
        "{% for x in xs %}\n1. {{ x }}\n   - Punkt\n{% endfor %}\n{% if xs %}\n1. noch\n{% endif %}\n\nText\n\n1. neu\n"
    )
    assert [line for line in read(body, {"xs": ["a", "b"]}).splitlines() if "Number" in line] == [
        "List Number: 1.\ta", "List Number: 2.\tb", "List Number: 3.\tnoch", "List Number: 1.\tneu",
    ]  # fmt: skip


def test_a_list_in_the_other_branch_starts_anew_in_every_turn(read: Read) -> None:
    body = (
        "{% for x in xs %}\n{{ x }}\n\n{% if no %}\nText\n{% else %}\n1. eins\n2. zwei\n{% endif %}\n"
        "{% endfor %}\n\n{% if no %}\nText\n{% endif %}\n{% for x in xs %}\n1. {{ x }}\n{% endfor %}\n"
    )
    numbers = [line for line in read(body, {"xs": ["a", "b"], "no": False}).splitlines() if "Number" in line]
    assert numbers == [
        "List Number: 1.\teins", "List Number: 2.\tzwei", "List Number: 1.\teins", "List Number: 2.\tzwei",
        "List Number: 1.\ta", "List Number: 2.\tb",
    ]  # fmt: skip


def test_open_information_is_shown_recorded_and_listed_once(read: Read) -> None:
    f = {"x": Open("der Betrag"), "y": Open("die <Frist>")}
    body = "Es sind {{ f.x }} bis {{ f.y.later }}.\n\n**{{ f.x }}**, {{ [f.x, 'b'] | join(', ') }}\n\n::: open\n"
    assert read(body, {"f": f}) == (
        "Normal: Es sind [noch zu klären: der Betrag] bis [noch zu klären: die <Frist>].\n"
        "Normal: [noch zu klären: der Betrag], [noch zu klären: der Betrag], b\n"
        "List Bullet: •\tder Betrag\nList Bullet: •\tdie <Frist>\n"
    )
    assert read("::: open\n:::\n") == "Normal: Es sind keine Angaben offen.\n"


def test_open_information_is_highlighted_in_its_own_style(make: Callable[..., bytes]) -> None:
    paragraph = Document(BytesIO(make("**a {{ x }} b**\n", {"x": Open("y")}))).paragraphs[0]
    assert [(run.text, run.bold, run.style.name) for run in paragraph.runs] == [
        ("a ", True, "Default Paragraph Font"), ("[noch zu klären: y]", None, "Offen"),
        (" b", True, "Default Paragraph Font"),
    ]  # fmt: skip


def test_every_block_has_its_shape(read: Read) -> None:
    body = """::: title
Vereinbarung
über {{ t }}
:::

::: address
Absender: Stadt A · 1
Landkreis B
:::
::: information
Ihr Zeichen: {{ t }}
:::

::: subject
Betreff hier
:::

::: recital
zwischen

**A**
:::

::: note
Achtung {{ t }}
:::

::: facts
Nummer | {{ t }}
{% if no %}
Weg | damit
{% endif %}
:::

::: pagebreak

::: signatures
{% for p in ps %}
{{ p }} | Name {{ loop.index }} | Amt
{% endfor %}
Ohne | | | -
:::
"""
    assert read(body, {"t": "X", "no": False, "ps": ["P1", "P2"]}) == (
        "Title: Vereinbarung\nSubtitle: über X\n"
        "Tabellenzeile: Stadt A · 1 / Landkreis B | Ihr Zeichen:\tX\n"
        "Betreff: Betreff hier\nRubrum: zwischen\nRubrum: A\nHinweis: Achtung X\n"
        "Tabellenzeile: Nummer | X\n"
        "Tabellenzeile: P1 / \t / Ort, Datum / \t / Name 1 / Amt / (Siegel) |  | "
        "P2 / \t / Ort, Datum / \t / Name 2 / Amt / (Siegel)\n"
        "Tabellenzeile: Ohne / \t / Ort, Datum / \t |  | \n"
    )


def test_no_signature_and_no_fact_leave_no_table(make: Callable[..., bytes]) -> None:
    body = (
        "::: signatures\n{% for p in ps %}\n{{ p }}\n{% endfor %}\n:::\n\n::: facts\n"
        "{% for p in ps %}\na | {{ p }}\n{% endfor %}\n:::\n"
    )
    assert make(body, {"ps": []}) == make("", {})


def test_every_fault_is_named_with_its_line() -> None:
    body = (
        "{{ a b }}\n\n{% include 'x' %}\n\n::: unfug\n:::\n\n{@nirgends}\n\nText {% if x %} offen\n"
        "\n---\n\n{{ f() }} {{ x | safe }} {{ offen\n"
    )
    assert [line for line, _ in faults(body)] == [5, 7, 9, 12, 14, 16, 18, 18, 18]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("{% if x %}\nText\n", 5),
        ("Text\n\n{% endfor %}\n", 7),
        ("{% for x in y %}\n{% endif %}\n{% endfor %}\n", 6),
        ("{% else %}\n", 5),
        ("::: note\nText\n", 5),
        (":::\n", 5),
        ("::: note\n# Titel\n:::\n", 6),
        ("Text {#marke}\n", 5),
        ("# Ohne Zählung {#marke}\n", 5),
        ("::: facts\nnur eins\n:::\n", 6),
        ("{{ a ~ b }}\n", 5),
        ("{{ a * 9 }}\n", 5),
        ("{{ a.__class__ }}\n", 5),
        ("{{ _0 }}\n", 5),
        ("{{ a | _paragraphs }}\n", 5),
        ("{{ a) | upper + (b }}\n", 5),
        ("| {% if a %} | b |\n|---|---|\n| c | {% endif %} |\n", 5),
        ("{# über\nzwei Zeilen #}\nText }}\n", 7),
        ("{{ '''\nx }}\n", 5),
    ],
)
def test_a_fault_names_the_line_it_stands_on(body: str, line: int) -> None:
    assert faults(body)[0][0] == line


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("Text\n", 1),
        ('+++\nlabel = "a"\n', 1),
        ('+++\nlabel = "a"\nkind = "b"\nfarbe = "rot"\n+++\n', 4),
        ('+++\nlabel = "a"\nkind = b\n+++\n', 3),
        ('+++\nlabel = "a"\n+++\n', 1),
        ('+++\nlabel = "a"\nkind = "b"\nfields = "x"\n+++\n', 4),
        ('+++\nlabel = "a"\nkind = "b"\ntitle = "{{ x"\n+++\n', 4),
        ('+++\nlabel = "a\\u0001"\nkind = "b"\n+++\n', 2),
    ],
)
def test_a_fault_in_the_front_matter_names_its_line(front: str, line: int) -> None:
    assert faults("", front)[0][0] == line


@pytest.mark.parametrize(
    ("tag", "context"),
    [
        ("{{ x }}", {"x": None}),
        ("{{ x }}", {}),
        ("{{ f.x }}", {"f": {}}),
        ("{{ f.items }}", {"f": {}}),
        ("{{ x }}", {"x": ["a"]}),
        ("{{ x.upper }}", {"x": "a"}),
        ("{{ x < 3 }}", {"x": "a"}),
        ("{% for y in x %}{{ y }}{% endfor %}", {}),
        ("{% if f.x %}a{% endif %}", {"f": {}}),
        ("{{ x | sort | join }}", {"x": [1, "a"]}),
    ],
)
def test_what_cannot_be_printed_names_line_and_expression(
    make: Callable[..., bytes], tag: str, context: dict[str, object]
) -> None:
    with pytest.raises(DocumentError) as caught:
        make(f"# Titel\n\nText\nund {tag}\n", context)
    (problem,) = caught.value.problems
    assert problem.line == 8
    assert tag in problem.text


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1b", "\ud800", "\ufffe"])
def test_a_value_xml_cannot_hold_is_refused_with_its_place(make: Callable[..., bytes], bad: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        make("{{ a[0].b }}\n", {"a": [{"b": f"x{bad}"}]})
    assert caught.value.field == "a[1].b"


@pytest.mark.parametrize(
    "body",
    [
        "Text {{ x }}",
        "{{ x }}",
        "**{{ x|upper }}**",
        "# {{ x }}",
        "| A |\n|---|\n| {{ x }} |",
        "- {{ [x]|join('; ') }}",
    ],
)
@pytest.mark.parametrize("value", ["a\x01b", "a\x02", "\x03", Open("a\x01b")])
def test_wherever_it_is_printed_a_value_brings_no_character_that_marks_a_place(
    make: Callable[..., bytes], body: str, value: object
) -> None:
    with pytest.raises(InvalidInput) as caught:
        make(f"{body}\n", {"x": value})
    assert caught.value.field == "x"


def test_a_chart_refuses_what_xml_cannot_hold(make: Callable[..., bytes]) -> None:
    with pytest.raises(InvalidInput):
        make("::: chart\n# {{ x }}\nEins | 1\n:::\n", {"x": "a\x01"})


def test_a_value_of_a_strange_type_is_not_printed(make: Callable[..., bytes]) -> None:
    with pytest.raises(DocumentError, match="Art float"):
        make("Text {{ a.b }}\n", {"a": {"b": 1.5}})


def test_names_used_are_reported_without_what_the_template_binds() -> None:
    source = FRONT.replace("kind", 'title = "{{ t.a }}"\nkind') + (
        "{{ f.summary }} {% for p in parties %}{{ p.name }} {{ loop.index }}{% endfor %} {% set n = f['x'] %}{{ n }}\n"
        "{% if g %}{{ xs | selectattr('a') | map(attribute='b') | join(sep) }}{% endif %}\n"
    )
    assert undeclared(source) == {"t.a", "f.summary", "parties", "f.x", "g", "xs", "sep"}


def test_a_comment_line_inside_a_table_leaves_no_trace(read: Read) -> None:
    assert read("| A |\n|---|\n{# weg #}\n| b |\n") == "Tabellenzeile: A\nTabellenzeile: b\n"


def test_dashes_in_tags_take_the_blanks_away(read: Read) -> None:
    assert read("a {{- x -}} b\n", {"x": "X"}) == "Normal: aXb\n"


@pytest.mark.parametrize(("value", "pages"), [("fertig", 0), (Open("Frist"), 1)])
def test_the_contents_leave_out_the_page_of_open_points(make: Callable[..., bytes], value: object, pages: int) -> None:
    text = as_text(make("::: contents\n:::\n\n# Eins\n\n{{ x }}\n\n::: open-page\n:::\n", {"x": value}))

    assert text.startswith("Inhaltsüberschrift: Inhalt\nToc 1: Eins\nHeading 1: Eins\n")
    assert text.count("Heading 1: Offene Punkte\n") == pages
    assert "Toc 1: Offene" not in text


@pytest.mark.parametrize(
    ("following", "begins"),
    [
        ("Text", "<w:pageBreakBefore/>"),
        ("# Titel", "<w:pageBreakBefore/>"),
        ("{% if not x %}weg{% endif %}\n\nText", "<w:pageBreakBefore/>"),
        ("| A |\n|---|\n| b |", '<w:pStyle w:val="Pagebreak"/>'),
        ("::: contents\n:::\n\n# Titel", '<w:pStyle w:val="Pagebreak"/>'),
    ],
)
def test_what_follows_a_page_break_begins_the_page_itself_where_it_can(
    make: Callable[..., bytes], following: str, begins: str
) -> None:
    with zipfile.ZipFile(BytesIO(make(f"Davor\n\n::: pagebreak\n:::\n\n{following}\n", {"x": "ja"}))) as made:
        behind = made.read("word/document.xml").decode().partition("Davor")[2]

    assert [sign for sign in ("<w:pageBreakBefore/>", '<w:pStyle w:val="Pagebreak"/>') if sign in behind] == [begins]


def test_the_contents_stand_where_they_are_asked_for_first(make: Callable[..., bytes]) -> None:
    text = as_text(make("Davor\n\n::: contents\n:::\n\n# Eins\n\n::: contents\n:::\n"))

    assert text == "Normal: Davor\nInhaltsüberschrift: Inhalt\nToc 1: Eins\nHeading 1: Eins\n"
