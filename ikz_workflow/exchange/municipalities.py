"""Read the official Gemeindeverzeichnis (GV100AD): Landkreise, Gemeindeverbände, municipalities.

Fixed width, record types 10 to 60, as the Statistisches Bundesamt describes them in the data set description of
GV100AD; ISO-8859-1 in older years, UTF-8 in newer ones.
"""

from __future__ import annotations

import re

from msgspec import Struct

from ikz_workflow.errors import TableRefused
from ikz_workflow.exchange.sheets import decoded
from ikz_workflow.language import gettext as _
from ikz_workflow.possible import is_day

_RECORD = re.compile(r"[1-6]0\d{8}\d{2}", re.ASCII)
_SHORTEST = {"10": 23, "20": 23, "30": 23, "40": 124, "50": 124, "60": 150}
_CITIES = ("41", "42")  # kreisfreie Stadt, Stadtkreis: the same body as its municipality
_ASSOCIATIONS = {"51": "Amt", "52": "Samtgemeinde", "53": "Verbandsgemeinde", "54": "Verwaltungsgemeinschaft",
                 "55": "Kirchspielslandgemeinde", "56": "Verwaltungsverband"}  # fmt: skip
_TOWNS = ("60", "63", "67")
_UNINCORPORATED = ("65", "66")
# What stands behind the comma of a name belongs in front; elsewhere the comma stays.
_DESIGNATIONS = {name: name for name in ("Stadt", "Hansestadt", "Landeshauptstadt", "Universitätsstadt", "Kreisstadt",
                 "Lutherstadt", "Freie und Hansestadt", "Flecken")}  # fmt: skip
_DESIGNATIONS |= {"M": "Markt", "St": "Stadt", "GKSt": "Stadt", "Krst.": "Stadt"}


class Body(Struct, frozen=True):
    """One body of the directory; `form` tells its law: county, city, town, municipality or association."""

    row: int
    official_key: str
    name: str
    form: str
    state: str
    county: str = ""
    seat: str = ""
    inhabitants: int = 0


class Directory(Struct, frozen=True):
    """What was read: the bodies, counties before those that belong to them, and the day they stand for (ISO)."""

    bodies: tuple[Body, ...]
    day: str


def is_directory(content: bytes) -> bool:
    """Tell whether a file is a GV100AD file by its first record."""
    return bool(_RECORD.match(content[:12].decode("latin-1")))


def read_directory(name: str, content: bytes) -> Directory:
    """Return the bodies of a GV100AD file. TableRefused names every record at fault.

    Unincorporated areas have no body; a kreisfreie Stadt stands once, as municipality.
    """
    faults: list[str] = []
    records = []
    for row, line in enumerate(decoded(name, content).splitlines(), start=1):
        if not line.strip("\x1a "):
            continue
        shortest = _SHORTEST.get(line[:2])
        if shortest is None or not _RECORD.match(line):
            faults.append(_("Zeile {row}: Das ist kein Satz der Satzarten 10 bis 60.").format(row=row))
        elif len(line) < shortest:
            faults.append(_("Zeile {row}: Der Satz ist zu kurz ({n} Zeichen).").format(row=row, n=len(line)))
        elif line[:2] == "60" and not line[139:150].strip().isdecimal():
            text = _("Zeile {row}, Zeichen 140–150: „{value}“ ist keine Einwohnerzahl.")
            faults.append(text.format(row=row, value=line[139:150].strip()))
        else:
            records.append((row, line))
    if not records and not faults:
        faults.append(_("In der Datei steht kein Satz."))
    digits = records[0][1][2:10] if records else ""
    day = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    if records and not is_day(day):
        faults.append(_("Zeile {row}: „{day}“ ist kein Tag.").format(row=records[0][0], day=digits))
    if faults:
        raise TableRefused(name, faults)
    return Directory(_bodies(records), day)


def _bodies(records: list[tuple[int, str]]) -> tuple[Body, ...]:
    states = {line[10:12]: line[22:72].strip() for _row, line in records if line[:2] == "10"}
    counties = {line[10:15]: _county_name(line) for _row, line in records if line[:2] == "40"}
    ranked = {"40": [], "50": [], "60": []}  # type: dict[str, list[Body]]
    for row, line in records:
        body = _body(row, line, states, counties) if line[:2] in ranked else None
        if body is not None:
            ranked[line[:2]].append(body)
    return (*ranked["40"], *ranked["50"], *ranked["60"])


def _body(row: int, line: str, states: dict[str, str], counties: dict[str, str]) -> Body | None:
    kind, state, mark = line[:2], states.get(line[10:12], ""), line[122:124]
    seat, name = line[72:122].strip(), line[22:72].strip()
    if kind == "40":
        return None if mark in _CITIES else Body(row, line[10:15], counties[line[10:15]], "county", state, "", seat)
    county = counties.get(line[10:15], "")
    if kind == "50":
        if mark not in _ASSOCIATIONS:
            return None  # a municipality without association: it stands as such
        label = _ASSOCIATIONS[mark]
        told = name if label.casefold() in name.casefold() else f"{label} {name}"
        return Body(row, line[10:15] + line[18:22], told, "association", state, county, seat)
    if mark in _UNINCORPORATED:
        return None
    form = "city" if mark in ("61", "62") else "town" if mark in _TOWNS else "municipality"
    inhabitants = int(line[139:150].strip())  # int alone strips less than what was looked at before
    return Body(row, line[10:18], _named(name), form, state, "" if form == "city" else county, "", inhabitants)


def _named(name: str) -> str:
    """Return a name with its designation in front: `Stendal, Hansestadt` is Hansestadt Stendal."""
    bare, _comma, designation = name.rpartition(", ")
    return f"{_DESIGNATIONS[designation]} {bare}" if bare and designation in _DESIGNATIONS else name


def _county_name(line: str) -> str:
    name, mark = line[22:72].strip(), line[122:124]
    if mark in _CITIES:
        return _named(name)
    is_named = "kreis" in name.casefold() or "region" in name.casefold()
    return name if is_named else f"{'Kreis' if mark == '43' else 'Landkreis'} {name}"
