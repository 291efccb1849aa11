"""A home's own template can neither run without end nor fill the machine; a check tells what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ikz_workflow.documents.markdown import compile_template
from ikz_workflow.errors import DocumentError

from .conftest import FRONT

Make = Callable[..., bytes]
DOUBLING = "{% set a = START %}\n" + "{% set a = a + a %}\n" * 60
NESTED = "{% for a in x %}\n" * 5 + "Text\n" + "{% endfor %}\n" * 5


def refusal(make: Make, body: str, context: dict[str, object] | None = None) -> str:
    with pytest.raises(DocumentError) as caught:
        make(body, context)
    (problem,) = caught.value.problems
    assert problem.line is not None
    return problem.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (DOUBLING.replace("START", '"xxxxxxxx"') + "\n{{ a }}\n", "wiederholt zu viel"),
        (DOUBLING.replace("START", "[1, 2]") + "\n{{ a|length }}\n", "wiederholt zu viel"),
        (DOUBLING.replace("START", "1") + "\n{{ a }}\n", "Die Zahl wird zu groß"),
        (NESTED, "wiederholt zu viel"),
        ("{% for a in x %}{% for b in x %}{% for c in x %}{{ t }}{% endfor %}{% endfor %}{% endfor %}\n", "zu viel"),
        ("{% set a = x %}\n" + "{% set a = [a, a] %}\n" * 40 + "\n{{ a|length }}\n", "zu viel"),
        ("{% set a = [t] %}\n" + "{% set a = [a] %}\n" * 30 + "\n{{ a|length }}\n", "ineinander legen"),
        ("{% set a = x|join %}\n" + "{% set a = [a, a]|join %}\n" * 18 + "\n{{ a }}\n", "wiederholt zu viel"),
        ("{% set a = n %}\n" + "{% set a = n|map('default', a)|list %}\n" * 9 + "\n{{ a|length }}\n", "zu viel"),
        ("{% for a in x %}{% for b in x %}{% if t in x %}ja{% endif %}{% endfor %}{% endfor %}\n", "zu viel"),
        ("{% for a in x %}{% for b in x %}{{ t|upper|length }}{% endfor %}{% endfor %}\n", "wiederholt zu viel"),
        ("{% for letter in t %}{{ letter }}{% endfor %}\n", "das ist ein Text"),
    ],
)
def test_what_repeats_without_measure_is_stopped_with_its_line(make: Make, body: str, words: str) -> None:
    context: dict[str, object] = {"x": [""] * 300, "n": [None] * 300, "t": "Wörter " * 3000}
    assert words in refusal(make, body, context)


def test_the_bound_counts_so_the_same_template_always_stops_at_the_same_place(make: Make) -> None:
    texts = {refusal(make, NESTED, {"x": [""] * 300}) for _ in range(2)}
    assert len(texts) == 1


def test_a_long_honest_document_is_made(make: Make) -> None:
    rows = [{"a": f"Zeile {n}", "b": n} for n in range(2_000)]
    row = "| {{ r.a }} | {% if r.b > 9 %}{{ r.b }}{% endif %} |"
    body = f"| A | B |\n|---|---|\n{{% for r in rows %}}\n{row}\n{{% endfor %}}\n"
    assert len(make(body, {"rows": rows})) > 10_000


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("(" * 200 + "x" + ")" * 200, "tief verschachtelt"),
        ("(" * 3000 + "x" + ")" * 3000, "zu lang"),
        ("not " * 100 + "x", "tief verschachtelt"),
        ("1e999", "Kommazahlen"),
        ("9" * 5001, "zu lang"),
        ("9" * 400, "zu groß"),
        (r'"\x01"', "U+0001"),
        (r'"\ud800"', "U+D800"),
        ('"x" * 1000000000', "Mul"),
    ],
)
def test_what_a_check_lets_pass_can_be_created(code: str, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        compile_template(f"{FRONT}Text\n\n{{{{ {code} }}}}\n", "probe.md.j2")
    assert caught.value.problems[0].line == 7
    assert words in caught.value.problems[0].text


@pytest.mark.parametrize(
    "body", ["{% for a in x %}\n" * 30 + "{% endfor %}\n" * 30, "{% if x %}" * 90 + "{% endif %}" * 90]
)
def test_control_tags_nest_only_so_deep(body: str) -> None:
    with pytest.raises(DocumentError) as caught:
        compile_template(FRONT + body, "probe.md.j2")
    assert "höchstens 6-mal ineinander" in str(caught.value)


def test_a_template_without_end_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        compile_template(FRONT + "Text " * 200_000, "probe.md.j2")
    assert "Vorlage ist zu lang" in str(caught.value)
