"""Hostile values stand in every document as they were given, or are refused; hostile templates run nothing."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from itertools import count
from typing import Any

import msgspec
import pytest
from homes import copy_of

from ikz_workflow.definition import Definition
from ikz_workflow.documents import markdown, word
from ikz_workflow.documents.context import context_of
from ikz_workflow.documents.markdown import compile_template
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.reading import paragraphs
from ikz_workflow.documents.render import Context, render
from ikz_workflow.documents.sample import material
from ikz_workflow.documents.values import Open
from ikz_workflow.documents.word import compile_word, render_word
from ikz_workflow.errors import DocumentError, IkzError, InvalidInput
from ikz_workflow.services import proposals, reports, workflows
from ikz_workflow.services.home import Home

from . import hostile
from .conftest import FRONT, STAMP
from .word_files import TEMPLATES, changed, shipped, word_template

KINDS = sorted(path.name.removesuffix(".md.j2") for path in TEMPLATES.glob("*.md.j2"))
# Values that templates compare: another word there is another document, not another value in it.
COMPARED = {"raw", "variant", "duty", "publication", "result_key", "standing_key", "key", "state", "kind", "result"}
NUMBERS = {"share", "shares", "count", "begun", "ended", "failed"}
TOKEN = re.compile("⟦⟦([0-9]+)⟧⟧")
PACK = 12
PACKS = [hostile.LITERAL[at : at + PACK] for at in range(0, len(hostile.LITERAL), PACK)]


def replaced(value: Any, new: Callable[[str], object], name: str = "") -> Any:
    """Return a context with every text in it replaced, but for those that templates compare."""
    if name in COMPARED:
        return value
    if isinstance(value, dict):
        return {key: replaced(inner, new, key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(inner, new, name) for inner in value]
    return new(value) if isinstance(value, str) and value and not value.lstrip("-").isdecimal() else value


def told(document: bytes) -> str:
    """Return the words of a document without blanks, as a text hash folds them."""
    return folded("\n".join("\n".join(line.cells) or line.text for line in paragraphs(document)))


def folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text.replace("\u00ad", "")).split())


@pytest.fixture(scope="module")
def contexts(first_home: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Context]:
    """Return a full context for every shipped template."""
    home = copy_of(first_home, tmp_path_factory.mktemp("home"))
    proposals.new(home, "Vorhaben", "fb-23", topic="statistics", values=["cost-today=100"])
    figures = msgspec.to_builtins(reports.annual(home, "2026").figures)
    missing = {"key": "a", "title": "b", "department": "c"}
    found: dict[str, Context] = {
        "annual-report": {"own": {"name": "a"}, "position": 1, **figures},
        "guidelines": {"own": {"name": "a"}, "day": "b", "position": 1, "count": 0, "missing": [missing]},
    }
    definitions: list[Definition] = workflows.definitions(home)
    for kind in KINDS:
        user = next((one for one in definitions if kind in one.documents), None)
        if user is not None:
            found[kind] = context_of(material(user, full=True))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_hostile_value_stands_literally_in_every_shipped_text(
    kind: str, contexts: dict[str, Context], design: Design
) -> None:
    source = (TEMPLATES / f"{kind}.md.j2").read_text(encoding="utf-8")
    template = compile_template(source, f"{kind}.md.j2")
    literal(contexts[kind], lambda context: render(template, context, STAMP, design))


@pytest.mark.parametrize("kind", ["agreement", "guideline", "letter"])
def test_every_hostile_value_stands_literally_in_a_word_template(kind: str, contexts: dict[str, Context]) -> None:
    template = compile_word(shipped(kind), f"{kind}.docx")
    literal(contexts[kind], lambda context: render_word(template, context, STAMP))


def literal(context: Context, make: Callable[[Context], bytes]) -> None:
    """Put marks in the place of all texts, see where they come out, then put hostile values there."""
    numbers = count()
    plain = told(make(replaced(context, lambda _text: f"⟦⟦{next(numbers)}⟧⟧")))
    places = list(dict.fromkeys(int(number) for number in TOKEN.findall(plain)))
    assert places
    left = set(range(len(PACKS)))
    while left:
        chosen = dict(zip(places, sorted(left), strict=False))
        left -= set(chosen.values())
        values = {place: "⟦" + "⟧ ⟦".join(PACKS[pack]) + "⟧" for place, pack in chosen.items()}
        numbers = count()
        made = told(make(replaced(context, lambda _text, at=numbers, by=values: _value(next(at), by))))  # type: ignore[misc]
        expected = TOKEN.sub(lambda mark, by=values: folded(_value(int(mark[1]), by)), plain)  # type: ignore[misc]
        assert made == folded(expected)


def _value(number: int, values: dict[int, str]) -> str:
    return values.get(number, f"⟦⟦{number}⟧⟧")


def test_every_character_no_file_can_hold_is_refused_with_its_place(design: Design) -> None:
    text = compile_template(f"{FRONT}{{{{ a.b }}}}\n", "probe.md.j2")
    word_file = compile_word(word_template("{{ a.b }}"), "probe.docx")
    for value in hostile.UNHOLDABLE:
        context: Context = {"a": {"b": value}}
        for make in (
            lambda context=context: render(text, context, STAMP, design),
            lambda context=context: render_word(word_file, context, STAMP),
        ):
            with pytest.raises(InvalidInput) as caught:
                make()
            assert caught.value.field == "a.b"


def test_more_than_two_hundred_values_and_attempts_are_tried() -> None:
    assert len(set(hostile.LITERAL)) >= 200
    assert len(set(hostile.injections())) >= 200


# ---------------------------------------------------------------------------------------------------------- injections
def victim() -> Context:
    return {"x": "text", "y": ["a", "b"], "f": {"a": "b"}, "n": 7, "b": True, "o": Open("offen")}


def attempt(role: str, code: str) -> str:
    return f"{{{{ {code} }}}}" if role == "print" else f"{{% {code} %}}"


def test_no_injection_into_a_text_template_is_executed(design: Design) -> None:
    for role, code in hostile.injections():
        for source in (
            f"{FRONT}{attempt(role, code)}\n",
            FRONT.replace("kind", f"title = '''{attempt(role, code)}'''\nkind"),
        ):
            context = victim()
            with pytest.raises(DocumentError):
                render(compile_template(source, "probe.md.j2"), context, STAMP, design)
            assert context == victim()


def test_no_injection_into_a_word_template_is_executed() -> None:
    for role, code in hostile.injections():
        said = attempt(role, code)
        draft = word.Draft(word_template(said, title=said, header=said, footer=said), "probe.docx")
        told_of = {draft.spots[one.line - 1].part for one in draft.faults.sorted() if one.line}
        if len(told_of) == 4:
            continue
        for place in ("body", "title", "header", "footer"):
            where = {"title": "x", place: said} if place != "body" else {"title": "x"}
            data = word_template(said if place == "body" else "x", **where)
            context = victim()
            with pytest.raises(DocumentError):
                render_word(compile_word(data, "probe.docx"), context, STAMP)
            assert context == victim()


def test_tags_in_the_other_properties_of_a_word_template_reach_no_document() -> None:
    def change(name: str, data: bytes) -> bytes:
        tag = b"<dc:creator>{{ ''.__class__ }}</dc:creator><cp:keywords>{{ x }}</cp:keywords>"
        return re.sub(rb"<dc:creator>[^<]*</dc:creator>", tag, data) if name == "docProps/core.xml" else data

    made = render_word(compile_word(changed(word_template("x"), change), "probe.docx"), {}, STAMP)
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert not any(b"{{" in archive.read(name) for name in archive.namelist())


# ------------------------------------------------------------------------------------------------------- hostile files
def related(target: str, kind: str = "attachedTemplate") -> Callable[[str, bytes], bytes]:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    entry = f'<Relationship Id="rId99" Type="{office}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    return lambda name, data: (
        data.replace(b"</Relationships>", entry.encode()) if name.endswith("document.xml.rels") else data
    )


@pytest.mark.parametrize(
    ("change", "extra", "words"),
    [
        (related("http://x/t.dotm"), {}, "verweist auf eine Vorlagendatei"),
        (related("file://server/x.png", "image"), {}, "verweist nach außen"),
        (related("http://x/o", "oleObject"), {}, "bindet andere Dateien ein"),
        (lambda _n, data: data, {"word/vbaProject.bin": b"x"}, "Makros"),
        (lambda _n, data: data, {"word/embeddings/a.xlsx": b"x"}, "eingebettete fremde Dateien"),
        (lambda _n, data: data, {"word/big.xml": b"<a>" + b" " * 61_000_000 + b"</a>"}, "Entpackt ist die"),
        (lambda _n, data: data, {f"word/p{n}.xml": b"<a/>" for n in range(600)}, "zu viele Teile"),
        (lambda _n, data: data, {"word/x.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "Dokumenttyp-Definition"),
        (lambda n, data: b"no xml" if n == "word/document.xml" else data, {}, "beschädigt"),
        (lambda _n, data: data, {"../x.xml": b"<a/>"}, "unsicherem Namen"),
    ],
)  # fmt: skip
def test_a_word_template_that_is_not_harmless_is_refused(
    change: Callable[[str, bytes], bytes], extra: dict[str, bytes], words: str
) -> None:
    data = changed(word_template("x"), change, extra)
    with pytest.raises(DocumentError, match=words):
        compile_word(data, "probe.docx")


@pytest.mark.parametrize(
    "body",
    [
        ("{% for a in y %}",) * 5 + ("Text",) + ("{% endfor %}",) * 5,
        ('{% set a = "xxxxxxxx" %}', *("{% set a = a + a %}",) * 40, "{{ a }}"),
        ("{% for a in y %}{% for b in y %}{% for c in y %}{{ x }}{% endfor %}{% endfor %}{% endfor %}",),
    ],
)
def test_a_word_template_without_end_is_stopped(body: tuple[str, ...]) -> None:
    template = compile_word(word_template(*body), "probe.docx")
    with pytest.raises(DocumentError, match="wiederholt zu viel"):
        render_word(template, {"y": [""] * 400, "x": "Wörter " * 900}, STAMP)


@cache
def _nested(depth: int) -> str:
    if depth == 0:
        return "<w:p/>"
    return f"<w:tbl><w:tblPr/><w:tr><w:tc>{_nested(depth - 1)}<w:p/></w:tc></w:tr></w:tbl>"


@pytest.mark.parametrize("body", [("{{ x }}" * 5_001,), (_nested(40),)])
def test_a_word_template_of_too_much_is_refused(body: tuple[str, ...]) -> None:
    with pytest.raises(DocumentError, match=r"zu viele Steuerzeichen|zu vieles ineinander"):
        compile_word(word_template(*body), "probe.docx")


def test_what_is_no_word_file_is_refused_with_one_sentence() -> None:
    for data in (b"", b"PK", b"x" * 100, word_template("x")[:-200]):
        with pytest.raises(IkzError, match="keine Word-Datei"):
            compile_word(data, "probe.docx")


def test_the_compiler_lets_no_tag_through_that_it_does_not_know() -> None:
    assert markdown.Draft(f"{FRONT}{{{{ x }}}}\n", "probe.md.j2", lambda _tag, _faulty: None).body == ""
