"""Values reach the paper as they are, whatever they hold."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ikz_workflow.documents.reading import paragraphs, text_hash
from ikz_workflow.documents.values import UNPRINTABLE, Open, short_hash, short_hash_ok
from ikz_workflow.errors import InvalidInput

printable = st.text(
    st.one_of(
        st.sampled_from(list("#|*<>&\"'{}%[]()-_`\\~§:+!= \t\u00a0\U0001f600\ue000\U000f0001")),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ).filter(lambda sign: not UNPRINTABLE.search(sign)),
    min_size=1,
)
relaxed = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def loose(text: str) -> str:
    """Return a text without what holds „§ 2b“ together."""
    return text.replace("\u00a0", " ")


@relaxed
@given(text=printable)
def test_any_printable_text_comes_out_literally(make: Callable[..., bytes], text: str) -> None:
    body = (
        "A{{ t }}B *{{ t }}*\n\n{{ t }}\n\n| K |\n|---|\n| {{ t }} |\n\n::: facts\nFeste Bezeichnung | x {{ t }}\n:::\n"
    )
    lines = [
        replace(line, text=loose(line.text), cells=tuple(map(loose, line.cells)))
        for line in paragraphs(make(body, {"t": text}))
    ]
    is_seen = bool(text.strip(" |"))
    text = loose(text)
    assert lines[0].text == f"A{text}B {text}"
    assert lines[1].text == text
    assert lines[3].cells == (text if is_seen else "",)
    table = next(line for line in lines if line.cells[:1] == ("Feste Bezeichnung",))
    assert table.cells[1] == f"x {text}"


@pytest.mark.parametrize("text", ["§ 2b UStG", "§ 5 Abs. 3 Satz 2", "FB 02", "Art. 28", "Nr. 7"])
def test_a_sign_and_its_number_stay_together(make: Callable[..., bytes], text: str) -> None:
    tied = "\u00a0".join(text.removesuffix(" UStG").split(" ")).replace("5\u00a0A", "5 A").replace("3\u00a0S", "3 S")
    assert paragraphs(make(f"{text}\n\n{{{{ t }}}}\n", {"t": text}))[0].text.removesuffix(" UStG") == tied
    assert paragraphs(make("x {{ t }}\n", {"t": text}))[0].text.removesuffix(" UStG") == f"x {tied}"


@pytest.mark.parametrize(
    "text", ["{{ 7 * 7 }}", "{% if x %}", "# Titel", "| a | b |", "**fett**", "<w:p/>", "<#open>", "::: open", "&amp;"]
)
def test_a_value_is_never_taken_for_a_template(make: Callable[..., bytes], text: str) -> None:
    assert paragraphs(make("{{ t }}\n\n::: open\n", {"t": text}))[0].text == text


def test_a_megabyte_of_text_comes_out_whole(make: Callable[..., bytes]) -> None:
    text = "Wörter & Zahlen <12> \U0001f600 " * 33_000
    assert paragraphs(make("{{ t }}\n", {"t": text}))[0].text == text


def test_line_ends_of_all_systems_are_line_breaks(make: Callable[..., bytes]) -> None:
    assert [line.text for line in paragraphs(make("a {{ t }}\n", {"t": "x\r\ny\rz\n\nw"}))] == ["a x\ny\nz", "w"]
    assert paragraphs(make("a {{ t }}!\n", {"t": "x\r\ny\rz\n\nw"}))[0].text == "a x\ny\nz\n\nw!"
    assert [line.text for line in paragraphs(make("{{ t }}\n", {"t": "x\r\n\r\ny\rz"}))] == ["x", "y\nz"]


def test_blanks_and_tabs_are_kept(make: Callable[..., bytes]) -> None:
    assert paragraphs(make("{{ t }}\n", {"t": "  a\t b  "}))[0].text == "  a\t b  "


def test_open_information_is_false_empty_and_readable() -> None:
    missing = Open("der Betrag")
    assert not missing
    assert list(missing) == []
    assert len(missing) == 0
    assert str(missing) == "[noch zu klären: der Betrag]"


@given(st.binary(max_size=8))
def test_a_short_hash_is_recognised_however_it_is_typed(seed: bytes) -> None:
    text = short_hash(hashlib.sha256(seed).hexdigest())
    assert short_hash_ok(text)
    assert short_hash_ok(text.lower().replace("-", " ").replace("0", "o").replace("1", "l"))


@given(st.binary(max_size=8), st.integers(0, 32), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_symbol_is_found(seed: bytes, place: int, symbol: str) -> None:
    text = short_hash(hashlib.sha256(seed).hexdigest())
    wrong = text[:place] + symbol + text[place + 1 :]
    assert short_hash_ok(wrong) == (wrong == text)


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "0" * 63])
def test_what_is_no_sha256_gets_no_short_hash(text: str) -> None:
    with pytest.raises(InvalidInput):
        short_hash(text)


@relaxed
@given(first=st.text("abc12 ", min_size=1), second=st.text("abc12 ", min_size=1))
def test_two_texts_have_one_hash_exactly_when_their_words_agree(
    make: Callable[..., bytes], first: str, second: str
) -> None:
    one, two = (text_hash(make("x {{ t }}\n", {"t": text})) for text in (first, second))
    assert (one == two) == (first.split() == second.split())


def test_importing_the_plain_values_loads_no_heavy_library() -> None:
    program = (
        "import sys, ikz_workflow.documents, ikz_workflow.documents.values, ikz_workflow.documents.package;"
        "sys.exit(any(name in sys.modules for name in ('docx', 'lxml', 'jinja2', 'markdown_it')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
