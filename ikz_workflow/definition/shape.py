"""Declare what may stand in each table of a workflow file; the reader and the editors' schema both go by it."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from ikz_workflow.definition.model import BODY_RULES, DURATION_UNITS, FIELD_TYPES, GUIDELINE_CHAPTERS, REASON_KINDS
from ikz_workflow.proposal import OUTCOMES, STANDINGS


class Key(Struct, frozen=True):
    """What may stand under one key.

    `kind` names how it is read (see `Reader`), `about` says in German what it is for. `values` are the only ones
    possible, `called` is how a fault names such a value. `of` names the shape of the entries of a table of tables.
    """

    kind: str
    about: str
    needed: bool = False
    values: tuple[str, ...] = ()
    called: str = ""
    of: str = ""


Shape: TypeAlias = dict[str, Key]


def _text(about: str, *, needed: bool = False) -> Key:
    return Key("text", about, needed)


def _word(about: str, called: str, values: tuple[str, ...], *, needed: bool = False) -> Key:
    return Key("text", about, needed, values, called)


NAME_PATTERN = "[a-z0-9]+(-[a-z0-9]+)*"
DURATION_PATTERN = rf"([1-9]\d{{0,3}}) ({'|'.join(DURATION_UNITS)})"
CHOICE_REGISTERS = ("directions", "forms")
RULES = ("all", "any", "majority")
_LABEL = _text("Bezeichnung, wie sie ein Mensch liest", needed=True)
_HINT = _text("Hinweis für die Sachbearbeitung")
_DUE = Key("duration", "Frist mit Einheit, z. B. „60 working days“")
_WHEN = Key("condition", "Gilt nur, wenn diese Bedingung erfüllt ist")
_REQUIRES = Key("requirements", "Was der Übergang verlangt")

# What a transition can demand; each entry names exactly one of these.
REQUIREMENTS: Shape = {
    "fields": Key("names", "Felder, die angegeben sein müssen", needed=True),
    "document": _text("Dokument, das vorliegen muss; „form.document“: das der Rechtsform", needed=True),
    "parties": Key("count", "Wie viele Partner den Stand „standing“ haben müssen", needed=True),
    "contacts": Key("count", "Wie viele Kontakte mit jedem beigetretenen Partner", needed=True),
    "milestones": Key("count", "Wie viele Meilensteine vereinbart sein müssen", needed=True),
    "obstacles": _word("Stand der Hemmnisse", "Der Stand der Hemmnisse", ("assessed", "answered"), needed=True),
    "checks": Key("names", "Prüfungen, die beantwortet sein müssen", needed=True),
    "gate": _text("Entscheidung, die gefallen sein muss", needed=True),
    "reached": _text("Datumsfeld, dessen Tag erreicht sein muss", needed=True),
    "order": Key("names", "Datumsfelder, das frühere zuerst", needed=True),
    "reason": _word("Ein Grund aus dem Katalog", "Die Art des Grundes", REASON_KINDS, needed=True),
    "note": Key("flag", "Eine Begründung", needed=True),
    "review": Key("flag", "Ein Tag der Wiedervorlage", needed=True),
}
STANDING = _word("Stand der Partner", "Der Stand der Beteiligten", STANDINGS, needed=True)


def beside(kind: str) -> Shape:
    """Return what may stand beside a requirement of a kind."""
    return {"when": _WHEN, **({"standing": STANDING} if kind == "parties" else {})}


_TRANSITION: Shape = {
    "label": _LABEL,
    "to": _text("Stufe, in die der Übergang führt"),
    "role": _text("Rolle, die ihn auslöst", needed=True),
    "four-eyes": Key("flag", "Nicht durch die Person, die das Vorhaben in die jetzige Stufe gebracht hat"),
    "requires": _REQUIRES,
    "hint": _HINT,
    "reason": _text("Grund aus dem Katalog, den der Übergang selbst nennt"),
    "starts": Key("table", "Vorhaben, das mit dem Übergang beginnt", of="starts"),
}

SHAPES: dict[str, Shape] = {
    "workflow": {
        "name": _text("Name des Verfahrens, wie die Datei heißt", needed=True),
        "version": Key("number", "Fassung; sie steigt mit jeder Änderung", needed=True),
        "label": _LABEL,
        "initial": _text("Stufe, in der ein Vorhaben beginnt", needed=True),
        "write": Key("names", "Rollen, die Tatsachen festhalten dürfen"),
        "bound": Key("names", "Rollen, die nur für die eigene Organisationseinheit gelten"),
        "role": Key("labels", "Rollen mit ihrer Bezeichnung"),
        "document": Key("labels", "Dokumente mit ihrer Bezeichnung"),
        "stage": Key("entries", "Stufen, in der Reihenfolge des Verfahrens", of="stage"),
        "anywhere": Key("entries", "Übergänge, die aus jeder offenen Stufe möglich sind", of="anywhere"),
        "gate": Key("entries", "Fragen, die bestimmte Stellen beantworten müssen", of="gate"),
    },
    "stage": {
        "label": _LABEL,
        "final": Key("flag", "Endstufe: aus ihr führt kein Übergang hinaus"),
        "goal": Key("flag", "Ziel: Wer hier steht, zählt in Berichten als Erfolg"),
        "due": _DUE,
        "silence": Key("duration", "Wie lange ein Partner ohne Kontakt bleiben darf, z. B. „6 weeks“"),
        "hint": _HINT,
        "guidance": Key("names", "Handlungsempfehlungen aus dem Katalog, die hier helfen"),
        "field": Key("entries", "Was in dieser Stufe abgefragt wird", of="field"),
        "transition": Key("entries", "Übergänge aus dieser Stufe; der erste ist der Hauptweg", of="transition"),
    },
    "field": {
        "label": _LABEL,
        "type": _word("Art der Angabe", "Der Feldtyp", FIELD_TYPES, needed=True),
        "ask": _text("Frage, mit der die Angabe erbeten wird", needed=True),
        "hint": _HINT,
        "example": _text("Beispiel für die Eingabe"),
        "pattern": Key("pattern", "Regulärer Ausdruck, dem die Angabe (Zeile oder Zahl) genügen muss"),
        "choices": Key("choices", "Auswahl: Schlüssel = Bezeichnung, oder ein Verzeichnis"),
        "columns": Key("names", "Spalten einer Tabelle"),
        "amounts": Key("names", "Spalten, in denen Beträge stehen"),
        "calendar": Key("flag", "Das Datum, oder die in den Zeilen der Tabelle, steht im Kalender"),
        "when": _WHEN,
    },
    "transition": _TRANSITION,
    "starts": {
        "workflow": _text("Verfahren, nach dem es läuft", needed=True),
        "standing": _word("Stand der Beteiligten dort", "Der Stand der Beteiligten", STANDINGS),
        "contacts": Key("flag", "Nimmt die Kontakte mit"),
        "fields": Key("labels", "Angaben, die mitgehen: Feld dort = Feld hier"),
    },
    "anywhere": {
        **_TRANSITION,
        "effect": _word("Wirkung statt einer Zielstufe", "Die Wirkung", ("suspend", "resume")),
        "except": Key("names", "Offene Stufen, aus denen er nicht möglich ist"),
    },
    "gate": {
        "label": _LABEL,
        "question": _text("Frage an die Stellen", needed=True),
        "bodies": Key("bodies", "Wer gefragt ist: eine Regel, oder Schlüssel = Bezeichnung", True, BODY_RULES),
        "listed": _text("Feld vom Typ „departments“, das weitere Stellen nennt"),
        "role": _text("Rolle, die die Entscheidungen festhält; sonst jede aus „write“"),
        "rule": Key("rule", "Wie viele zustimmen müssen", values=RULES),
        "veto": Key("flag", "Ein Nein beendet die Frage"),
        "on": _text("Dokument, über dessen Text entschieden wird; „form.document“: das der Rechtsform"),
        "fresh": Key("flag", "Es zählt nur, was seit dem letzten Übergang entschieden wurde"),
        "outcomes": Key("outcomes", "Mögliche Ergebnisse, auch mit eigener Bezeichnung", True, OUTCOMES),
        "yes": Key("names", "Ergebnisse, die als Zustimmung zählen"),
        "basis": _text("Spalte der Rechtsform, die die Rechtsgrundlage nennt"),
        "optional": Key("flag", "Wird nicht verlangt, aber gezeigt, wenn beantwortet"),
        "due": _DUE,
        "when": _WHEN,
    },
    "obstacle": {
        "label": _LABEL,
        "shows-as": _text("Woran es sich zeigt"),
        "measures": Key("names", "Gegenmaßnahmen"),
        "source": _text("Quelle"),
    },
    "check": {
        "label": _LABEL,
        "question": _text("Die wiederkehrende Frage", needed=True),
        "hint": _HINT,
        "basis": _text("Rechtsgrundlage"),
        "source": _text("Quelle"),
        "as-of": _text("Stand"),
        "checked-by": _text("Geprüft durch"),
        "checked-on": _text("Geprüft am"),
    },
    "reason": {
        "label": _LABEL,
        "hint": _HINT,
        "success": Key("flag", "Kein Scheitern: zählt in Berichten als guter Abschluss"),
        "kinds": Key("names", "Arten des Endes, zu denen der Grund passt", True, REASON_KINDS, "Die Art des Grundes"),
    },
    "guidance": {
        "title": _text("Überschrift", needed=True),
        "text": _text("Die Empfehlung", needed=True),
        "source": _text("Quelle"),
        "chapter": _word(
            "Kapitel des Handlungsleitfadens, in dem sie hilft",
            "Das Kapitel des Handlungsleitfadens",
            GUIDELINE_CHAPTERS,
        ),
    },
}
