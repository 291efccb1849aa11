"""Write values as a German reader expects them, and read amounts as one writes them."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()  # noqa: SIM905
)
UNKNOWN = "unbekannt"
# What an organisation can be; the only table of these kinds.
ORGANISATION_KINDS = {
    "city": "Stadt",
    "county": "Landkreis",
    "municipality": "Gemeinde",
    "association": "Verband",
    "company": "Unternehmen",
    "institution": "Einrichtung",
    "authority": "Behörde",
    "state": "Land",
    "federation": "Bund",
}
# What the operating system refuses, which says it in English; a name that a system lacks stands for no number.
_REFUSALS = {
    "EACCES": "keine Berechtigung",
    "EPERM": "nicht erlaubt",
    "EROFS": "schreibgeschützt",
    "ENOSPC": "Datenträger voll",
    "EDQUOT": "Speicherkontingent erschöpft",
    "EFBIG": "Datei zu groß",
    "ENOENT": "nicht vorhanden",
    "EEXIST": "schon vorhanden",
    "EISDIR": "ein Ordner, keine Datei",
    "ENOTDIR": "ein Teil des Pfads ist kein Ordner",
    "ENOTEMPTY": "der Ordner ist nicht leer",
    "ENAMETOOLONG": "der Name ist zu lang",
    "ELOOP": "Verknüpfungen im Kreis",
    "EINVAL": "Name oder Wert unzulässig",
    "EBUSY": "in Benutzung",
    "ETXTBSY": "in Benutzung",
    "EXDEV": "auf einem anderen Laufwerk",
    "EIO": "Fehler des Datenträgers",
    "ENXIO": "kein solches Gerät",
    "ENODEV": "kein solches Gerät",
    "EPIPE": "die Gegenstelle hat geschlossen",
    "EMFILE": "zu viele offene Dateien",
    "ENFILE": "zu viele offene Dateien",
    "ENOMEM": "zu wenig Arbeitsspeicher",
    "ETIMEDOUT": "keine Antwort",
    "ESTALE": "Netzlaufwerk nicht erreichbar",
    "EHOSTDOWN": "Rechner nicht erreichbar",
}
_BY_NUMBER = {getattr(errno, name): text for name, text in _REFUSALS.items() if hasattr(errno, name)}
_MONEY = re.compile(r"(?P<whole>\d{1,3}(?:\.\d{3})+|\d+)(?:,(?P<cents>\d{1,2}))?|(?P<plain>\d+\.\d{1,2})", re.ASCII)
_LONGEST_AMOUNT = 28  # characters; decimal arithmetic keeps as many digits exactly
_OPEN_ELSEWHERE = (32, 33)  # Windows: sharing violation, lock violation


def money(cents: int) -> str:
    """Return an amount of cents as `1.234,56 Euro`."""
    return f"{amount(cents)} Euro"


def amount(cents: int) -> str:
    """Return an amount of cents as `1.234,56`, for where the unit stands elsewhere."""
    euros, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{euros:,}".replace(",", ".") + f",{rest:02d}"


def cents(text: str) -> int | None:
    """Return an amount written as `1.234,56 €`, `1234,5` or `1234.50` in whole cents; None for anything else."""
    bare = text.replace("€", "").replace("Euro", "").replace("EUR", "").strip().replace("\u00a0", "")
    match = _MONEY.fullmatch(bare) if len(bare) <= _LONGEST_AMOUNT else None
    if match is None:
        return None
    if match["plain"]:
        return int(Decimal(match["plain"]) * 100)
    return int(match["whole"].replace(".", "")) * 100 + int((match["cents"] or "0").ljust(2, "0"))


def number(value: str) -> str:
    """Return plain decimal text as `1.234,5`."""
    whole, _dot, part = value.partition(".")
    return f"{int(whole):,}".replace(",", ".") + (f",{part}" if part else "")


def date(iso: str | None) -> str:
    """Return an ISO date of any precision as `22.11.2026`, `02.2011` or `2003`; "unbekannt" for None."""
    return ".".join(reversed(iso.split("-"))) if iso else UNKNOWN


def long_date(iso: str | None) -> str:
    """Return an ISO date of any precision as `22. November 2026`, `Februar 2011` or `2003`; "unbekannt" for None."""
    if not iso:
        return UNKNOWN
    year, *rest = iso.split("-")
    if not rest:
        return year
    month = MONTHS[int(rest[0]) - 1]
    return f"{int(rest[1])}. {month} {year}" if len(rest) > 1 else f"{month} {year}"


def yes_no(value: bool) -> str:
    """Return ja or nein."""
    return "ja" if value else "nein"


def written(kind: str, value: str | int) -> str:
    """Return the value of a field of some type as a person reads it, unless it is a text or a choice."""
    if kind == "money":
        return money(int(value))
    if kind == "number":
        return number(str(value))
    if kind == "yes-no":
        return yes_no(bool(value))
    return date(str(value)) if kind == "date" else str(value)


def listed(names: Sequence[str]) -> str:
    """Return names as `A, B und C`."""
    return " und ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def votes(counts: Sequence[int]) -> str:
    """Return counted votes as `Ja: 43, Nein: 0, Enthaltungen: 1`, a fourth number as `Befangen: 1`."""
    return ", ".join(
        f"{label}: {n}" for label, n in zip(("Ja", "Nein", "Enthaltungen", "Befangen"), counts, strict=False)
    )


def with_article(office: str) -> str:
    """Return an office with its article in the accusative (`den Landrat`, `die Oberbürgermeisterin`), if known."""
    if office.endswith(("in", "ung", "schaft", "tion")):
        return f"die {office}"
    return f"den {office}" if office.endswith(("er", "at", "ent", "or", "mann", "eur")) else office


def years(value: Decimal) -> str:
    """Return a span of years with one digit behind the comma."""
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{rounded}".replace(".", ",") + (" Jahr" if rounded == 1 else " Jahre")


def size(count: int) -> str:
    """Return a number of bytes for people."""
    if count < 2**20:
        return f"{count} Bytes" if count < 1024 else f"{count / 1024:.0f} KiB"
    return f"{count / 2**20:.1f} MiB".replace(".", ",")


def refusal(error: OSError | ValueError) -> str:
    """Return why a path or file was refused, to stand in brackets: in German, else by the error's number."""
    if isinstance(error, ValueError):
        return _REFUSALS["EINVAL"]
    if getattr(error, "winerror", None) in _OPEN_ELSEWHERE:
        return "in einem anderen Programm geöffnet"
    return _BY_NUMBER.get(error.errno or 0, f"Fehler {error.errno}" if error.errno else "unbekannter Fehler")


def misfit(error: Exception) -> str:
    """Return why msgspec could not read data, which it says in English, as a sentence that names the place."""
    what, _at, place = str(error).partition(" - at ")
    named = re.search(r"(?:required|unknown) field `(.+)`", what)
    name = f"{place.strip('`$')}.{named[1]}" if named else place.strip("`$")
    if not name:
        return "Die Daten sind von der falschen Art oder nicht vollständig."
    if named is None:
        text = "Der Wert von „{name}“ ist von der falschen Art oder nicht möglich."
    else:
        text = "Es fehlt „{name}“." if "missing" in what else "„{name}“ ist nicht bekannt."
    return text.format(name=name.strip("."))
