"""Turn what a person types into values, or say what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation

from ikz_workflow import german
from ikz_workflow.definition import Field
from ikz_workflow.errors import InvalidInput, NotFound, near, suggestion
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import FieldValue, PartialDate

MAX_CHARACTERS = 2**20  # some four hundred pages; lines and the bounds of rendering keep it quick
MAX_LINES = 3_000
MAX_DIGITS = 28  # what decimal arithmetic keeps exactly
MAX_CENTS = 10**15  # far below the largest whole number JSON carries safely
PLACEHOLDERS = ("…", "...", "„…“")  # what a remedy leaves open, copied as it is
MAX_REFERENCE = 60
UNKNOWN = ("unknown", "unbekannt")
UNKNOWN_CELLS = ("", "–", "-", "?")  # where a table wants an amount that nobody knows yet

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_GERMAN = re.compile(r"(?:(?:(\d{1,2})\.)?(\d{1,2})\.)?(\d{4})", re.ASCII)
_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?|\d+\.\d+", re.ASCII)
_VOTES = re.compile(r"\d{1,4}:\d{1,4}:\d{1,4}(?::\d{1,4})?", re.ASCII)
_REFERENCE = re.compile(r"(DS|A|F|S|I|T)\s?\d{4}/\d{2}(/\d+)?", re.ASCII)
_OFFICIAL_KEY = re.compile(r"(0[1-9]|1[0-6])(\d{3}|\d{6}|\d{7})", re.ASCII)
_KEY_LENGTHS = {"county": 5, "city": 8, "municipality": 8, "association": 9}
# Invisible characters that text needs: soft hyphen, joiners (emoji), word joiner; tags of flag emoji.
_INVISIBLE = frozenset("\u00ad\u200c\u200d\u2060") | {chr(code) for code in range(0xE0020, 0xE0080)}


def text(field: str, value: str, *, lines: bool = True) -> str:
    """Return the text in NFC. InvalidInput for control characters, lone surrogates, direction marks, nothing at all."""
    value = value.replace("\r\n", "\n")
    if len(value) > MAX_CHARACTERS:
        why = _("Der Text hat {n} Zeichen, erlaubt sind {limit}. Bitte als Anlage beifügen: ikz attach.")
        raise InvalidInput(field, "", why.format(n=len(value), limit=MAX_CHARACTERS))
    if (count := value.count("\n") + 1) > MAX_LINES:
        why = _("Der Text hat {n} Zeilen, erlaubt sind {limit}. Bitte als Anlage beifügen: ikz attach.")
        raise InvalidInput(field, "", why.format(n=count, limit=MAX_LINES))
    if not value.isprintable():
        _refuse_invisible(field, value, lines)
    value = unicodedata.normalize("NFC", value)
    if value.strip() in PLACEHOLDERS:
        raise InvalidInput(field, value.strip(), _("Das ist nur der Platzhalter; hier gehört der eigene Text hin."))
    if not value.strip():
        raise InvalidInput(field, "", _("Der Text ist leer; bitte etwas angeben."))
    return value


def _refuse_invisible(field: str, value: str, lines: bool) -> None:
    for position, character in enumerate(value, start=1):
        if character.isprintable() or character in _INVISIBLE:
            continue
        if character in "\n\t":
            if lines:
                continue
            raise InvalidInput(field, "", _("Der Text gehört in eine Zeile, ohne Umbruch und Tabulator."))
        category = unicodedata.category(character)
        is_noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
        if category in ("Cc", "Cs", "Co", "Cf", "Zl", "Zp") or is_noncharacter:
            why = _("An Stelle {position} steht das unsichtbare Zeichen U+{code:04X}. Bitte löschen und neu eingeben.")
            raise InvalidInput(field, "", why.format(position=position, code=ord(character)))


def happened(value: str | None, today: date) -> PartialDate:
    """Return when something happened: today if not given, None if unknown, else an ISO date of given precision."""
    if value is None:
        return today.isoformat()
    if value.strip().lower() in UNKNOWN:
        return None
    day = partial_date("--on", value)
    if day > today.isoformat()[: len(day)]:
        raise InvalidInput("--on", value, _("Der Tag liegt in der Zukunft; festgehalten wird, was geschehen ist."))
    return day


def partial_date(field: str, value: str) -> str:
    """Return an ISO date of reduced precision (`2003`, `2011-02`, `2026-11-22`) from ISO or German writing."""
    value = value.strip()
    if match := _ISO.fullmatch(value):
        year, month, day = match.groups()
    elif match := _GERMAN.fullmatch(value):
        day, month, year = match.groups()
    else:
        year = month = day = None
    try:
        date(int(year or 0), int(month or 1), int(day or 1))
    except ValueError:
        why = _("Ein Datum steht so: 22.11.2026, 2026-11-22, 2011-02 oder 2003.")
        raise InvalidInput(field, value, why) from None
    return "-".join(
        f"{int(part):02d}" if n else f"{int(part):04d}" for n, part in enumerate((year, month, day)) if part
    )


def full_date(field: str, value: str, why: str = "") -> str:
    """Return a whole ISO date. InvalidInput says how one is written, or `why`."""
    with suppress(InvalidInput):
        if len(day := partial_date(field, value)) == 10:
            return day
    raise InvalidInput(field, value, why or _("Hier ist der genaue Tag nötig, z. B. 01.01.2027 oder 2027-01-01."))


def money(field: str, value: str) -> int:
    """Return an amount in whole cents from German writing (`1.234,56 €`)."""
    cents = german.cents(value)
    if cents is None:
        raise InvalidInput(field, value, _("Ein Betrag steht so: 1.234,56 (Euro, nicht negativ)."))
    if cents > MAX_CENTS:
        raise InvalidInput(field, value, _("Der Betrag ist größer als zehn Billionen Euro."))
    return cents


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def number(field: str, value: str) -> str:
    """Return a number as plain decimal text (`1234.5`) from German writing."""
    bare = value.strip()
    if not _NUMBER.fullmatch(bare) or _digits(bare) > MAX_DIGITS:
        raise InvalidInput(field, value, _("Eine Zahl steht so: 1.234 oder 0,5 (nicht negativ)."))
    grouped = "," in bare or re.fullmatch(r"\d{1,3}(\.\d{3})+", bare)
    try:
        decimal = Decimal(bare.replace(".", "").replace(",", ".") if grouped else bare)
    except InvalidOperation:
        raise InvalidInput(field, value, _("Das ist keine Zahl.")) from None
    return format(decimal.normalize(), "f") if decimal else "0"


def yes_no(field: str, value: str) -> bool:
    """Return True for ja, False for nein (yes and no, true and false too)."""
    folded = value.strip().casefold()
    if folded in ("ja", "j", "yes", "y", "true", "wahr"):
        return True
    if folded in ("nein", "n", "no", "false", "falsch"):
        return False
    raise InvalidInput(field, value, _("Bitte mit ja oder nein antworten."))


def key_of(value: str, labels: Mapping[str, str]) -> str:
    """Return the key of what is given by its label, anything else as it is."""
    wanted = _folded(value)
    return next((key for key, label in labels.items() if value not in labels and wanted == _folded(label)), value)


def choice(field: str, value: str, choices: Mapping[str, str]) -> str:
    """Return the key of a choice given by key or label. InvalidInput with the nearest and all possible ones."""
    wanted = _folded(value)
    for key, label in choices.items():
        if wanted in (key.casefold(), _folded(label)):
            return key
    found = near(value, [*choices, *choices.values()])
    why = _("Möglich ist: {choices}.").format(
        choices=", ".join(f"{key} ({label})" if label != key else key for key, label in choices.items())
    )
    raise InvalidInput(field, value, (suggestion(found).strip() + " " + why).strip())


def one_of(kind: str, value: str, names: Mapping[str, Sequence[str]], remedy: str = "") -> str:
    """Return the key of what is given by its key or one of its names, whatever the case.

    NotFound offers the nearest; InvalidInput lists those that share the name.
    """
    if value in names:
        return value
    wanted = _folded(value)
    found = [key for key, known in names.items() if wanted in map(_folded, (key, *known))]
    if len(found) > 1:
        several = ", ".join(f"{key} ({next(iter(names[key]), '')})" for key in found)
        raise InvalidInput(
            kind.partition(" ")[2],
            value,
            _("So heißen mehrere; bitte den Schlüssel nennen: {found}.").format(found=several),
        )
    if not found:
        raise NotFound(kind, value, near(value, [one for key, known in names.items() for one in (key, *known)]), remedy)
    return found[0]


def _folded(text: str) -> str:
    """Return a text for comparison: composed, one kind of blank, without case."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def votes(value: str | None) -> tuple[int, ...] | None:
    """Return the votes as (yes, no, abstain[, biased]) from `43:0:1[:0]`."""
    if value is None:
        return None
    if not _VOTES.fullmatch(value.strip()):
        why = _("Stimmen stehen so: ja:nein:enthaltung, z. B. 43:0:1 (dahinter auch :befangen).")
        raise InvalidInput("--votes", value, why)
    return tuple(int(part) for part in value.strip().split(":"))


def reference(value: str | None, *, ours: bool = True) -> str | None:
    """Return the number of a council paper as written: in our own council's form, of others any one line.

    InvalidInput for anything that is no number of a paper.
    """
    if value is None:
        return None
    if ours:
        if not _REFERENCE.fullmatch(value.strip()):
            why = _("Eine Drucksache steht so: DS0438/21, „DS 0508/03“ oder I0011/24.")
            raise InvalidInput("--reference", value, why)
        return value.strip()
    cleaned = text("--reference", value.strip(), lines=False)
    if len(cleaned) > MAX_REFERENCE or not _digits(cleaned):
        why = _("Die Nummer einer Vorlage hat eine Ziffer und höchstens {n} Zeichen, z. B. BV/2026/0123.")
        raise InvalidInput("--reference", value, why.format(n=MAX_REFERENCE))
    return cleaned


def official_key(field: str, value: str, kind: str = "") -> str:
    """Return a key of the official Gemeindeverzeichnis; the 12 digits of a municipality (ARS) become its 8 (AGS).

    InvalidInput also if a body of that kind has keys of another length.
    """
    digits = value.replace(" ", "").replace("\u00a0", "")
    digits = digits[:5] + digits[9:] if len(digits) == 12 else digits
    if _OFFICIAL_KEY.fullmatch(digits) and len(digits) == _KEY_LENGTHS.get(kind, len(digits)):
        return digits
    why = _("Amtliche Schlüssel haben 5 (Landkreis), 8 oder 12 (Gemeinde) oder 9 (Verband) Ziffern, vorn 01 bis 16.")
    raise InvalidInput(field, value, why)


def table(field: Field, value: str) -> str:
    """Return a table as lines of cells joined by ` | `.

    InvalidInput names the line with too many or too few cells, or line and column where no amount of money stands.
    """
    rows = []
    for count, line in enumerate((line for line in value.split("\n") if line.strip()), start=1):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != len(field.columns):
            why = _("In Zeile {count} stehen {found} statt {wanted} Spalten: {columns}, getrennt durch „|“.")
            columns = " | ".join(field.columns)
            raise InvalidInput(
                field.label, line, why.format(count=count, found=len(cells), wanted=len(field.columns), columns=columns)
            )
        for column, cell in zip(field.columns, cells, strict=True):
            if column in field.amounts and cell not in UNKNOWN_CELLS:
                _amount(field, count, column, cell)
        rows.append(" | ".join(cells))
    return "\n".join(rows)


def _amount(field: Field, count: int, column: str, cell: str) -> None:
    try:
        money(field.label, cell)
    except InvalidInput as error:
        why = _("Zeile {count}, Spalte „{column}“: {why} Was noch niemand weiß, steht als –.")
        raise InvalidInput(field.label, cell, why.format(count=count, column=column, why=error.why)) from None


def _patterned(field: Field, value: str) -> str:
    """Return the value. InvalidInput where it is not of the field's pattern."""
    if field.pattern and not re.fullmatch(field.pattern, value):
        example = _("Beispiel: {example}.").format(example=field.example or field.pattern)
        shown = german.number(value) if field.type == "number" else value
        raise InvalidInput(field.name, shown, f"{field.hint} {example}".strip())
    return value


def field_value(field: Field, value: str, choices: Mapping[str, str]) -> FieldValue:
    """Return the value of a field from what was typed; free text stays text here and is hidden later."""
    name = field.name
    if field.type in ("text", "table"):
        cleaned = text(name, value)
        return table(field, cleaned) if field.type == "table" else cleaned
    if field.type == "line":
        return _patterned(field, text(name, value.strip(), lines=False))
    if field.type == "date":
        return full_date(name, value)
    if field.type == "money":
        return money(name, value)
    if field.type == "number":
        return _patterned(field, number(name, value))
    if field.type == "yes-no":
        return yes_no(name, value)
    if field.type == "departments":
        named = [choice(name, text(name, one.strip(), lines=False), choices) for one in value.split(",") if one.strip()]
        return ",".join(dict.fromkeys(named))
    return choice(name, text(name, value, lines=False), choices)
