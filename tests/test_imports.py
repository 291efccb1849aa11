# ruff: noqa: E501  records of fixed width
"""Organisations come from the official Gemeindeverzeichnis or from a table: all of them, once, or none.

The records below are an extract in the form of GV100AD, as of 30 September 2018, © Statistisches Bundesamt (Destatis).
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from homes import BOERDE, CHECKOUT, OWN, STENDAL, head_of
from openpyxl import Workbook

from ikz_workflow.errors import InvalidInput, NotFound, RoleRequired, TableRefused
from ikz_workflow.proposal import Organisation
from ikz_workflow.services import audit, imports, organisations, records, registers
from ikz_workflow.services.home import Home
from ikz_workflow.services.proposals import new

BIG = CHECKOUT.parent / "shared/data/GV100AD_300918.ASC"  # the official file, where it lies beside the checkout


def record(kind: str, key: str, name: str, mark: str = "", seat: str = "", inhabitants: int | str = 0) -> str:
    line = f"{kind}20180930{key:<12}{name:<50}{seat:<50}{mark:<6}"
    line = f"{line}{'0' * 11}{inhabitants:0>11}{'0' * 11}" if kind == "60" else line
    return f"{line:<220}"


RECORDS = [
    record("10", "15", "Sachsen-Anhalt", seat="Magdeburg"),
    record("40", "15003", "Magdeburg, Landeshauptstadt", "41", "Magdeburg"),
    record("50", "15003   0000", "Magdeburg, Landeshauptstadt", "50"),
    record("60", "150030000000", "Magdeburg, Landeshauptstadt", "61", inhabitants=238136),
    record("40", "15083", "Börde", "44", "Haldensleben"),
    record("50", "15083   5051", "Elbe-Heide", "53", "Rogätz"),
    record("60", "150830400040", "Barleben", "64", inhabitants=9300),
    record("60", "150831055051", "Colbitz", "64", inhabitants=3200),
    record("60", "150839999999", "Unbewohntes, gemfr. Gebiet", "66"),
    record("40", "15090", "Stendal", "44", "Stendal"),
    record("60", "150905350535", "Stendal, Hansestadt", "63", inhabitants=40164),
    record("60", "150900010001", "Barleben", "64", inhabitants=77),
    record("10", "09", "Bayern", seat="München"),
    record("40", "09177", "Erding", "44", "Erding"),
    record("60", "091770115115", "Dorfen, St", "63", inhabitants=14600),
]


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def directory(folder: Path, *lines: str, encoding: str = "latin-1") -> Path:
    return written(folder, "GV100AD.ASC", "\r\n".join(lines or RECORDS).encode(encoding))


def register(home: Home) -> dict[str, Organisation]:
    entries = registers.entries(home, "organisation")
    return {one.key: one.value for one in entries if isinstance(one.value, Organisation)}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_the_official_directory_is_taken_over_once(home: Home, tmp_path: Path, encoding: str) -> None:
    before = register(home)
    path = directory(tmp_path, encoding=encoding)
    done = imports.organisations(home, path)
    assert (done.new, done.changed, done.same) == (6, 2, 2)
    after = register(home)
    assert set(before) < set(after), "shipped entries are recognised, not doubled"
    assert (after[OWN].inhabitants, after[OWN].head) == (238136, before[OWN].head)
    colbitz = after["colbitz"]
    assert (colbitz.council, colbitz.authority, colbitz.county) == ("Gemeinderat", BOERDE, "Landkreis Börde")
    assert colbitz.source.startswith("Gemeindeverzeichnis GV100AD, Gebietsstand 30.09.2018, © Statistisches Bundesamt")
    assert after["verbandsgemeinde-elbe-heide"].official_key == "150835051"
    assert {"barleben-15083040", "barleben-15090001"} <= set(after), "two of one name bear their official key"
    dorfen = after["stadt-dorfen"]
    assert (dorfen.state, dorfen.council, dorfen.authority) == ("Bayern", "", ""), "what is not certain stays empty"
    head = head_of(home)
    assert imports.organisations(home, path).same == 10
    assert head_of(home) == head, "a second import changes nothing"
    audit.verify(home)


def test_a_newer_directory_changes_what_changed_and_keeps_what_the_office_entered(home: Home, tmp_path: Path) -> None:
    imports.organisations(home, directory(tmp_path))
    registers.add(home, "organisation", "colbitz", {"head": "Bürgermeisterin"})
    newer = [line.replace("20180930", "20251231").replace("00000003200", "00000003300") for line in RECORDS]
    done = imports.organisations(home, directory(tmp_path, *newer))
    assert (done.new, done.changed, done.same) == (0, 1, 9)
    colbitz = register(home)["colbitz"]
    assert (colbitz.inhabitants, colbitz.head) == (3300, "Bürgermeisterin")
    assert "31.12.2025" in colbitz.source


def test_a_directory_can_be_limited_tried_and_is_for_the_central_office(home: Home, tmp_path: Path) -> None:
    path, head = directory(tmp_path), head_of(home)
    told: list[tuple[int, int]] = []
    done = imports.organisations(home, path, state="bayern", dry_run=True, progress=lambda n, of: told.append((n, of)))
    assert (done.new, told, head_of(home)) == (2, [(1, 2), (2, 2)], head)
    with pytest.raises(InvalidInput, match="Sachsen-Anhalt"):
        imports.organisations(home, path, state="Sachsen-Anhallt")
    with pytest.raises(RoleRequired):
        imports.organisations(home.acting_as("schulz"), path)


def test_every_record_at_fault_is_named_with_its_row(home: Home, tmp_path: Path) -> None:
    lines = [*RECORDS[:3], "70" + RECORDS[3][2:], RECORDS[4][:40], RECORDS[6].replace("00000009300", "000000093x0")]
    head = head_of(home)
    with pytest.raises(TableRefused) as caught:
        imports.organisations(home, directory(tmp_path, *lines))
    assert [fault.split(":")[0].split(",")[0] for fault in caught.value.faults] == ["Zeile 4", "Zeile 5", "Zeile 6"]
    assert head_of(home) == head


@pytest.mark.skipif(not BIG.exists(), reason="the whole directory is not at hand")
def test_the_whole_directory_is_taken_over(home: Home) -> None:
    done = imports.organisations(home, BIG)
    assert (done.new, done.changed, done.same) == (12509, 2, 3)
    found = register(home)
    assert found[STENDAL].official_key == "15090535"
    assert organisations.search(home, text="barleben", state="sachsen-anhalt", kind="Gemeinde")
    with pytest.raises(InvalidInput, match="So heißen mehrere"):
        organisations.sheet(home, "Neuenkirchen")


CSV = """Amtliche Übersicht;;;;
Bezeichnung;Typ;AGS;Einwohner;Kommunalaufsicht;Lfd. Nr.
Gemeinde Möser;Gemeinde;15086140;8.136;Landkreis Jerichower Land;1
Zweckverband „Börde“;Verband;;;Landesverwaltungsamt Sachsen-Anhalt;2
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_table_is_read_by_its_headings_whatever_its_encoding(
    home: Home, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = written(tmp_path, "orte.csv", CSV.replace(";", delimiter).encode(encoding))
    done = imports.organisations(home, path)
    assert (done.new, done.ignored) == (2, ("Lfd. Nr.",))
    moeser = register(home)["gemeinde-moeser"]
    assert (moeser.official_key, moeser.inhabitants, moeser.authority) == (
        "15086140",
        8136,
        "landkreis-jerichower-land",
    )
    assert register(home)["zweckverband-boerde"].kind == "association"
    assert imports.organisations(home, path).same == 2


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_workbook_tells_every_fault_with_row_and_column_and_takes_nothing(home: Home, tmp_path: Path) -> None:
    head = head_of(home)
    rows = [
        ["Name", "Art", "AGS", "Einwohner", "Aufsicht", "gültig ab"],
        ["Ort A", "Gemeindee", "99", "viele", "Landkreis Bördde", "gestern"],
        [None, "Gemeinde", 1001000, 5, None, None],
        ["Ort B", "Gemeinde", "15083", None, None, "=1+1"],
    ]
    with pytest.raises(TableRefused) as caught:
        imports.organisations(home, written(tmp_path, "orte.xlsx", workbook(*rows)))
    told = "\n".join(caught.value.faults)
    for place in ("Zeile 2, Spalte B", "Zeile 2, Spalte C", "Zeile 2, Spalte D", "Zeile 2, Spalte E", "Zeile 2, Spalte F",
                  "Zeile 3, Spalte A", "Zeile 4, Spalte C", "Zeile 4, Spalte F"):  # fmt: skip
        assert place in told
    assert len(caught.value.faults) == 8
    assert "Meinten Sie „landkreis börde“" in told
    assert head_of(home) == head


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "Ort;Kreis\nA;B\n", "„Name“"),
        ("a.csv", "Name\n", "keine Organisation"),
        ("a.csv", "Name;Bezeichnung\nA;B\n", "dieselbe Bedeutung"),
        ("a.csv", "Name\nOrt A\nort  a\n", "dieselbe Organisation wie Zeile 2"),
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "als .xlsx"),
        ("a.xlsx", b"PK\x03\x04kaputt", "nicht lesbar"),
        ("a.bin", bytes(range(256)), "keine Tabelle"),
    ],
)
def test_what_is_no_table_is_told_in_a_sentence(
    home: Home, tmp_path: Path, name: str, content: bytes | str, words: str
) -> None:
    with pytest.raises((TableRefused, InvalidInput), match=words):
        imports.organisations(home, written(tmp_path, name, content))


def test_an_authority_may_stand_below_what_it_supervises(home: Home, tmp_path: Path) -> None:
    text = "Schlüssel;Name;Aufsicht;Nachfolger\nort;Ort;Kreis Neu;\nalt;Alt;;ort\nkreis-neu;Kreis Neu;;\n"
    imports.organisations(home, written(tmp_path, "a.csv", text))
    found = register(home)
    assert (found["ort"].authority, found["alt"].successors) == ("kreis-neu", ("ort",))
    audit.verify(home)


def test_an_organisation_is_shown_with_its_lineage_and_all_its_proposals(home: Home) -> None:
    key = new(home, "Leitstelle", "FB 23").key
    records.set_party(home, key, "ohrekreis", "approached", new=True)
    sheet = organisations.sheet(home, "Landkreis Börde")
    assert [one.key for one in sheet.predecessors] == ["boerdekreis", "ohrekreis"]
    assert [(one.key, one.organisation) for one in sheet.proposals] == [(key, "Ohrekreis")]
    assert [one.valid_from for one in organisations.sheet(home, "ohrekreis").successors] == ["2007-07-01"]
    with pytest.raises(NotFound, match="organisation list --text"):
        organisations.sheet(home, "Landkreis Nirgendwo")


@pytest.mark.parametrize("key", ["1", "17003000", "1500300", "150030000000 0", "15a03"])
def test_an_official_key_is_checked_and_borne_once(home: Home, key: str) -> None:
    with pytest.raises(InvalidInput):
        registers.add(home, "organisation", "ort", {"name": "Ort", "official_key": key})
    with pytest.raises(InvalidInput, match=BOERDE):
        registers.add(home, "organisation", "ort", {"name": "Ort", "kind": "county", "official_key": "15083"})
    entry = registers.add(home, "organisation", "ort", {"name": "Ort", "official_key": "15083 0040 040"})
    assert getattr(entry.value, "official_key", "") == "15083040"
