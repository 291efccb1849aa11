"""A check finds every fault planted in a template in one run, and says where in the words of its author."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from homes import home_at

from ikz_workflow.errors import InvalidInput, Problem
from ikz_workflow.services import template_checks

from .word_files import paragraph, row, table, word_template

# (the paragraph with its fault, what the finding says, the words around it that are quoted), in a text template
TEXT = (
    ("Es geht um {{ f.sumary }}. Danach folgt mehr.", "„f.sumary“ kennt kein Verfahren. Meinten Sie „f.summary“",
     "Es geht um {{ f.sumary }}."),
    ("Vorher. Die Kosten betragen {{ f.cost_today|uper }} im Jahr.", "Meinten Sie „upper“?",
     "Die Kosten betragen {{ f.cost_today|uper }} im Jahr."),
    ("Das Ziel ist {{ f.goals|default(„keines“) }}.", "stehen gerade Anführungszeichen", "Das Ziel ist {{"),
    ("Wir schreiben {{ f.summary und weiter.", "„{{“ ohne Gegenstück", "Wir schreiben {{ f.summary und weiter."),
    ("Wir lesen f.summary }} dort.", "„}}“ ohne Gegenstück", "Wir lesen f.summary }} dort."),
    ("{% for p in parties %}\n- Mit {{ p.nam }} sprechen wir.\n{% endfor %}",
     "„nam“ gibt es hier nicht. Meinten Sie „name“",
     "Mit {{ p.nam }} sprechen wir."),
    ("{% fi f.goals %}\nmit Zielen\n{% endif %}", "„fi“ ist kein Steuerwort", "{% fi f.goals %}"),
    ("Nach {@nirgends} gilt dies.", "Der Verweis {@nirgends} führt zu keiner", "Nach {@nirgends} gilt dies."),
    ("Text {% if clerk %} halb offen.", "im selben Absatz", "Text {% if clerk %} halb offen."),
    ("::: notiz\nText\n:::", "Den Block „notiz“ gibt es nicht", "::: notiz"),
    ("{{ proposal.key.upper() }} steht vorn.", "Aufrufe mit Klammern", "{{ proposal.key.upper() }} steht vorn."),
    ('Das ist {% if raw.cost_today > "a" %}teuer{% endif %}.', "die nicht zueinander passen", "Das ist {% if raw.cost"),
    ("Es gilt {{ f.summary ~ f.goals }}.", "Verketten mit ~", "Es gilt {{ f.summary ~ f.goals }}."),
    ("| A | B |\n|---|---|\n| {{ own.nmae }} | x |", "„own.nmae“ kennt kein Verfahren. Meinten Sie „own.name“",
     "{{ own.nmae }}"),
    ("---", "Eine Linie gibt es nicht", "---"),
    ("Der Satz {{ 1.5 }} steht.", "Kommazahlen", "Der Satz {{ 1.5 }} steht."),
    ("Hier {{ f.__class__ }} nicht.", "dürfen nicht mit _ beginnen", "Hier {{ f.__class__ }} nicht."),
    ("::: facts\nnur eins\n:::", "Im Block facts hat jede Zeile", "nur eins"),
    ("Und {{ unbekannt }} fehlt.", "„unbekannt“ kennt kein Verfahren", "Und {{ unbekannt }} fehlt."),
    ("Alle {{ parties }} zugleich.", "lässt sich nicht drucken", "Alle {{ parties }} zugleich."),
    ("##### Zu tief", "vier Stufen", "##### Zu tief"),
    ('{% include "x" %}', "„include“ ist kein Steuerwort", '{% include "x" %}'),
    ("Ist {{ f.goals is leer }} so?", "Den Test „leer“ gibt es nicht", "Ist {{ f.goals is leer }} so?"),
    ("{% if f.occasion %}\nnie geschlossen", "„if“ ist nicht mit „endif“ geschlossen", "{% if f.occasion %}"),
)  # fmt: skip
# The same for Word; there smart quotes are mended, and more can go wrong.
WORD = (
    (("Es geht um {{ f.sumary }}. Danach folgt mehr.",), "Meinten Sie „f.summary“", "Es geht um {{ f.sumary }}."),
    (("Die Kosten betragen {{ f.cost_today|uper }}.",), "Meinten Sie „upper“?", "Die Kosten betragen"),
    (("Wir schreiben {{ f.summary und weiter.",), "„{{“ ohne Gegenstück", "Wir schreiben {{ f.summary und weiter."),
    (("Wir lesen f.summary }} dort.",), "„}}“ ohne Gegenstück", "Wir lesen f.summary }} dort."),
    (("{% for p in parties %}", "Mit {{ p.nam }} sprechen wir.", "{% endfor %}"), "Meinten Sie „name“?",
     "Mit {{ p.nam }}"),
    (("{% fi f.goals %}", "mit Zielen", "{% endif %}"), "„fi“ ist kein Steuerwort", "{% fi f.goals %}"),
    (("Nach {@nirgends} gilt dies.",), "Der Verweis {@nirgends} führt zu keiner", "Nach {@nirgends} gilt dies."),
    (("Text {% if clerk %} halb offen.",), "im selben Absatz", "Text {% if clerk %} halb offen."),
    (("Wichtig {%p if clerk %}", "{%p endif %}"), "der Text ginge verloren", "Wichtig {%p if clerk %}"),
    (("::: notiz",), "Den Block „notiz“ gibt es in Word-Vorlagen nicht", "::: notiz"),
    (("{{ proposal.key.upper() }} steht vorn.",), "Aufrufe mit Klammern", "{{ proposal.key.upper() }} steht vorn."),
    (('Das ist {% if raw.cost_today > "a" %}teuer{% endif %}.',), "die nicht zueinander passen", "Das ist"),
    ((table(row("{%tr for r in parties %}", "Wichtig"), row("{%tr endfor %}")),), "teilt seine Zeile",
     "{%tr for r in parties %}"),
    ((table(row("{% for r in parties %}{{ r.name }}", "{% endfor %}")),), "in derselben Zelle",
     "{% for r in parties %}"),
    (("Der Satz {{r f.goals }} steht.",), "Die Schrift kommt aus Word", "Der Satz {{r f.goals }} steht."),
    (("Hier {{ f.__class__ }} nicht.",), "dürfen nicht mit _ beginnen", "Hier {{ f.__class__ }} nicht."),
    (("Und {{ unbekannt }} fehlt.",), "„unbekannt“ kennt kein Verfahren", "Und {{ unbekannt }} fehlt."),
    (("Alle {{ parties }} zugleich.",), "lässt sich nicht drucken", "Alle {{ parties }} zugleich."),
    (("Marke {#frei}",), "Eine Marke {#…} braucht", "Marke {#frei}"),
    (("::: signatures", "{% for p in parties %}", "{{ p.name }}", "{% endfor %}"),
     "ist nicht mit „:::“ geschlossen", "::: signatures"),
    (("{% if f.occasion %}", "nie geschlossen"), "„if“ ist nicht mit „endif“ geschlossen", "{% if f.occasion %}"),
)  # fmt: skip

# Title and header besides; a loop over two cells is told in both.
ALL_IN_WORD = len(WORD) + 3


def findings(problems: tuple[Problem, ...], says: str, quotes: str) -> list[Problem]:
    return [one for one in problems if says in one.text and quotes in one.text.partition("Die Stelle")[2]]


def test_every_fault_planted_in_a_text_template_is_found_with_its_line_and_sentence(tmp_path: Path) -> None:
    text = '+++\ntitle = "Zu {{ proposal.titel }}"\nlabel = "Probe"\nkind = "letter"\n+++\n'
    lines = []
    for body, _says, _quotes in TEXT:
        lines.append(text.count("\n") + 2)
        text += f"\n{body}\n"
    path = tmp_path / "letter.md.j2"
    path.write_text(text, encoding="utf-8")
    problems = template_checks.one(home_at(tmp_path), path).problems
    assert len(TEXT) >= 20
    assert findings(problems, "Meinten Sie „proposal.title“", "Zu {{ proposal.titel }}")[0].line == 2
    for (body, says, quotes), line in zip(TEXT, lines, strict=True):
        found = findings(problems, says, quotes)
        assert len(found) == 1, (says, quotes)
        assert found[0].line is not None
        assert line <= found[0].line <= line + body.count("\n")
    assert len(problems) == len(TEXT) + 1  # and nothing else is said to be wrong


def planted() -> bytes:
    body = [part for parts, _says, _quotes in WORD for part in parts]
    return word_template(*body, title="Zu {{ proposal.titel }}", header="Kopf {{ f.gaols }}")


def test_every_fault_planted_in_a_word_template_is_found_with_its_sentence(tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    path.write_bytes(planted())
    problems = template_checks.one(home_at(tmp_path), path).problems
    assert len(WORD) >= 20
    for _parts, says, quotes in WORD:
        assert len(findings(problems, says, quotes)) == 1, (says, quotes)
    assert findings(problems, "Meinten Sie „proposal.title“", "Zu {{ proposal.titel }}")
    assert findings(problems, "Meinten Sie „f.goals“", "Kopf {{ f.gaols }} (Kopfzeile)")
    assert len(problems) == ALL_IN_WORD


def test_the_faults_of_a_word_template_stand_as_comments_beside_their_words(tmp_path: Path) -> None:
    path, copy = tmp_path / "letter.docx", tmp_path / "geprüft.docx"
    path.write_bytes(planted())
    home = home_at(tmp_path)
    assert template_checks.annotate(home, path, copy) == ALL_IN_WORD
    document = Document(BytesIO(copy.read_bytes()))
    said = [comment.text for comment in document.comments]
    assert sum("Die Stelle" in text for text in said) == ALL_IN_WORD
    body = document.element.body.xml
    for comment in document.comments:
        if "Und {{ unbekannt }} fehlt." in comment.text:
            start = body.index(f'<w:commentRangeStart w:id="{comment.comment_id}"')
            assert "unbekannt" in body[start : body.index("</w:p>", start)]
    with pytest.raises(InvalidInput, match="gibt es schon"):
        template_checks.annotate(home, path, copy)
    with pytest.raises(InvalidInput, match="nur in Word-Vorlagen"):
        template_checks.annotate(home, tmp_path / "letter.md.j2", tmp_path / "x.docx")


def test_a_template_without_fault_is_told_to_have_none(tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    path.write_bytes(
        word_template("{% for p in parties %}", "{{ p.name|upper }}", "{% endfor %}", paragraph("{{ f.goals }}"))
    )
    assert template_checks.one(home_at(tmp_path), path).problems == ()


def test_a_template_of_no_known_kind_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "leter.docx"
    path.write_bytes(word_template("{{ f.goals }}"))
    (problem,) = template_checks.one(home_at(tmp_path), path).problems
    assert "Meinten Sie „letter“" in problem.text
    assert template_checks.one(home_at(tmp_path), path, "letter").problems == ()
