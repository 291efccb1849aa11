"""What each command does as its users meet it: output, exit codes, bad input."""

from __future__ import annotations

import contextlib
import gettext
import json
import os
import pty
import re
import shlex
import sqlite3
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from homes import CHECKOUT

from ikz_workflow.cli.index import COMMANDS

from .conftest import KEY, Ikz, Typed, data, environment

SECOND = KEY[:-1] + "2"
APP = "ikz_workflow.cli.app"  # knows the index itself
NO_WORD_FILE = str(CHECKOUT / "README.md")


def started(ikz: Ikz, *values: str) -> str:
    arguments = [part for value in values for part in ("--set", value)]
    done = ikz("new", "Gemeinsamer Bauhof", "--department", "FB 23", *arguments)
    return done.stdout.split(":")[0]


@pytest.mark.parametrize(
    ("arguments", "wanted", "forbidden"),
    [
        (["--help"], ["click"], ["sqlmodel", "sqlalchemy", "docx", "lxml", "rich", "jinja2", "transitions", "alembic"]),
        (["--version"], ["click"], ["sqlmodel", "sqlalchemy", "docx", "lxml", "rich", "jinja2", "transitions"]),
        (["status", "--help"], ["click"], ["sqlmodel", "docx", "lxml", "rich", "jinja2", "transitions"]),
        (["list"], ["sqlmodel", "rich"], ["docx", "lxml", "jinja2", "alembic", "markdown_it"]),
        (["list", "--format", "json"], ["sqlmodel"], ["docx", "lxml", "jinja2", "alembic", "rich"]),
        (["status", "KEY"], ["sqlmodel", "transitions"], ["docx", "lxml", "jinja2", "alembic", "rich"]),
        (["note", "KEY", "x"], ["sqlmodel"], ["docx", "lxml", "jinja2", "alembic", "rich"]),
        (["verify"], ["sqlmodel"], ["docx", "lxml", "jinja2", "alembic", "rich"]),
        (["document", "create", "KEY", "guideline"], ["lxml", "jinja2"], ["docx", "alembic", "rich"]),
        (["workflow", "check"], ["jinja2"], ["docx", "alembic", "rich"]),
        (["workflow", "diagram", "kooperation"], [], ["docx", "lxml", "jinja2", "alembic", "rich"]),
    ],
)
def test_a_command_loads_only_the_libraries_it_uses(
    home: Ikz, tmp_path: Path, arguments: list[str], wanted: list[str], forbidden: list[str]
) -> None:
    key = started(home)
    script = (
        "import sys\n"
        "from ikz_workflow.cli import main\n"
        "try:\n    main()\nexcept SystemExit as leave:\n    code = leave.code\n"
        "print('\\nLOADED', *sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    command = [sys.executable, "-c", script, "--home", str(tmp_path / "home")]
    command += [key if argument == "KEY" else argument for argument in arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, encoding="utf-8")
    loaded = set(done.stderr.split("LOADED", 1)[1].split())
    assert done.returncode == 0, done.stderr
    assert set(wanted) <= loaded
    assert not loaded & set(forbidden)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["lisd"]])
def test_the_help_imports_no_command(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom ikz_workflow.cli import main\nfrom ikz_workflow.cli.index import COMMANDS\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "rooms = {f'ikz_workflow.cli.{room}' for room, _what in COMMANDS.values()}\n"
        "print('\\nIMPORTED', *sorted(rooms & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment(), capture_output=True, encoding="utf-8"
    )
    assert done.stderr.endswith("\nIMPORTED\n")


def test_the_index_lists_every_command_as_its_room_declares_it() -> None:
    for name, (room, what) in COMMANDS.items():
        declared = {one.name: one for one in import_module(f"ikz_workflow.cli.{room}").COMMANDS}
        assert what == " ".join((declared[name].help or "").partition("\n\n")[0].split())
    rooms = {path.stem for path in (CHECKOUT / "ikz_workflow" / "cli").glob("*.py")}
    found = [import_module(f"ikz_workflow.cli.{room}") for room in rooms - {"__init__", "index"}]
    assert {one.name for room in found for one in getattr(room, "COMMANDS", ()) if room.__name__ != APP} == set(
        COMMANDS
    )


def test_status_names_everything_that_is_missing_with_the_command_that_mends_it(home: Ikz) -> None:
    key = started(home, "summary=Zwei Bauhöfe")
    shown = home("status", key).stdout
    assert "[x] Angegeben: Kurzbeschreibung." in shown
    assert "[ ] Es fehlt: Ziele." in shown
    assert f"fill {key} --field goals" in shown
    assert f"document create {key} guideline" in shown
    assert f"obstacle {key} parochialism" in shown


def test_advance_refuses_with_the_same_list_and_exit_code_4_and_writes_nothing(home: Ikz) -> None:
    key = started(home)
    before = data(home("show", key, "--format", "json"))["version"]
    refused = home("advance", key, code=4)
    assert "noch nicht möglich" in refused.stderr
    assert "[ ] Es fehlt: Ziele." in refused.stderr
    assert data(home("show", key, "--format", "json"))["version"] == before


def test_a_dry_run_answers_without_writing(home: Ikz) -> None:
    key = started(home)
    told = home("advance", key, "suspend", "--until", "2099-03-01", "--note", "Warten auf das Gesetz", "--dry-run")
    assert "Nichts wurde geschrieben" in told.stdout
    assert data(home("show", key, "--format", "json"))["suspended"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["show", SECOND], 3, f"Meinten Sie „{KEY}“?"),
        (["set", KEY, "sumary=x"], 3, "Meinten Sie „summary“?"),
        (["advance", KEY, "draft-guidline"], 4, "Meinten Sie „draft-guideline“"),
        (["party", "add", KEY, "Landkreis Borde"], 3, "Landkreis Börde"),
        (["decide", KEY, "counsil", "x", "adopted"], 3, "Meinten Sie „council“"),
        (["check", KEY, "vatt", "met"], 3, "Meinten Sie „vat“?"),
        (["obstacle", KEY, "Kirchturm"], 2, "Kirchturmdenken"),
        (["document", "create", KEY, "guidelin"], 3, "Meinten Sie „guideline“?"),
        (["new", "x", "--department", "FB 32"], 3, "FB 23"),
        (["workflow", "show", "koperation"], 3, "Meinten Sie „kooperation“?"),
        (["note", KEY, "x", "--on", "31.02.2026"], 2, "Ein Datum steht so"),
        (["note", KEY, "x", "--on", "2999"], 2, "Zukunft"),
        (["set", KEY, "cost-today=-5"], 2, "nicht negativ"),
        (["set", KEY, "cost-today=viel"], 2, "1.234,56"),
        (["set", KEY, "direction=quer"], 2, "interkommunal"),
        (["set", KEY, "goals=a\x1bb"], 2, "goals"),
        (["set", KEY, "goals=a\u202eb"], 2, "U+202E"),
        (["set", KEY, "goals"], 2, "NAME=WERT"),
        (["set", KEY, "goals=@/gibt/es/nicht"], 3, "gibt es nicht"),
        (["attach", KEY, "/gibt/es/nicht.pdf"], 3, "gibt es nicht"),
        (["document", "file", KEY, "guideline", NO_WORD_FILE], 1, "Word"),
        (["document", "verify", NO_WORD_FILE], 1, "Word"),
        (["verify", "--checkpoint", NO_WORD_FILE], 2, "drei Zeilen"),
        (["verify", "--key", "nichts", "--checkpoint", NO_WORD_FILE], 3, "Erwartet wird ein öffentlicher Schlüssel"),
        (["restore", "/gibt/es/nicht.zip", "--dry-run"], 3, "Den Ordner „/gibt/es“ gibt es nicht."),
        (["restore", "/nicht.zip", "--dry-run"], 3, "Die Datei „/nicht.zip“ gibt es nicht."),
        (["backup", "/gibt/es/nicht.zip"], 3, "Den Ordner „/gibt/es“ gibt es nicht."),
        (["show", KEY, "--at", "gestern"], 2, "Ein Zeitpunkt steht so: 22.11.2026"),
        (["advance", KEY, "fail", "--reason", "kein-grund", "--note", "x"], 2, "partner-withdrew"),
        (["fill", KEY], 2, "nur am Bildschirm"),
        (["person", "grant", "niemand", "clerk"], 3, "gibt es nicht"),
        (["person", "revoke", "ACCOUNT", "centre"], 2, "niemand mehr"),
        (["organisation", "add", "Ä Ö", "x"], 2, "Schlüssel"),
        (["list", "--format", "xml"], 2, "keines von"),
        (["shw"], 2, "Meinten Sie"),
    ],
)
def test_bad_input_gets_a_sentence_the_remedy_and_the_right_exit_code(
    home: Ikz, arguments: list[str], code: int, sentence: str
) -> None:
    assert started(home) == KEY
    account = data(home("person", "list", "--format", "json"))[0]["key"]
    refused = home(*[account if argument == "ACCOUNT" else argument for argument in arguments], code=code)
    assert sentence in refused.stdout + refused.stderr
    assert data(home("show", KEY, "--format", "json"))["version"] == 1


def test_a_lone_surrogate_is_refused_by_the_name_of_the_field(home: Ikz, tmp_path: Path) -> None:
    key = started(home)
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(tmp_path / "home"), "set", key]
    done = subprocess.run(
        [*(part.encode() for part in command), b"goals=a\xed\xa0\x80b"], env=environment(), capture_output=True
    )
    assert done.returncode == 2
    assert b"goals" in done.stderr
    assert b"Traceback" not in done.stderr


def test_every_reading_command_gives_json_with_stable_english_keys(home: Ikz) -> None:
    key = started(home, "summary=Test")
    home("document", "create", key, "guideline")
    for arguments, names in (
        (["list"], {"key", "title", "stage", "department", "ended", "sample"}),
        (["gates", key], {"gate", "body", "state", "outcome", "on", "votes"}),
        (["history", key], {"seq", "subject", "version", "type", "at", "on", "actor", "sentence", "hash"}),
        (["document", "list", key], {"kind", "number", "origin", "file_hash", "text_hash"}),
        (["workflow", "list"], {"name", "version", "label", "sha256"}),
        (["workflow", "forms"], {"key", "label", "decides", "supervision", "checked"}),
        (["template", "list"], {"kind", "label", "state"}),
        (["organisation", "list"], {"key", "name", "council"}),
        (["department", "list"], {"key", "name", "short"}),
        (["topic", "list"], {"key", "label", "origins"}),
        (["person", "list"], {"key", "name", "account", "roles"}),
        (["document", "show", key, "guideline"], {"style", "text"}),
    ):
        rows = data(home(*arguments, "--format", "json"))
        assert rows, arguments
        assert names <= set(rows[0]), arguments
    assert data(home("status", key, "--format", "json"))["transitions"][0]["items"]
    assert data(home("show", key, "--format", "json"))["fields"]["summary"]["value"] == "Test"
    assert data(home("verify", "--format", "json"))["proposals"] == 1


def test_an_empty_list_is_an_empty_json_list(home: Ikz) -> None:
    assert data(home("list", "--format", "json")) == []


def test_csv_opens_in_german_excel_and_holds_no_formula(home: Ikz) -> None:
    home("new", "=cmd|'/C calc'!A0; ä", "--department", "FB 23")
    command = home("list", "--format", "csv").stdout
    assert command.startswith("\ufeffNummer;Titel;")
    assert "\"'=cmd|'/C calc'!A0; ä\"" in command


def test_stored_text_cannot_drive_the_terminal_or_rich(home: Ikz) -> None:
    key = home("new", "[red]rot[/] :smile:", "--department", "FB 23").stdout.split(":")[0]
    assert "[red]rot[/] :smile:" in home("list").stdout
    assert "[red]rot[/] :smile:" in home("show", key).stdout


@pytest.mark.parametrize(
    "words",
    [
        ["HOSTILE"],
        ["--HOSTILE"],
        ["list", "--HOSTILE"],
        ["list", "--format", "HOSTILE"],
        ["note", KEY, "x", "HOSTILE"],
        ["obstacle", KEY, "x", "--weight", "HOSTILE"],
        ["document", "verify", "HOSTILE", "--position", "HOSTILE"],
        ["show", "HOSTILE"],
        ["--home", "HOSTILE", "list"],
    ],
)
def test_a_wrong_command_line_is_repeated_without_driving_the_terminal(ikz: Ikz, words: list[str]) -> None:
    hostile = "a\x1b]0;x\x07\x1b[2J\x9b31m\u202eb\rc\bd"
    done = ikz(*(word.replace("HOSTILE", hostile) for word in words), code=None)
    assert done.returncode in (1, 2, 3)
    assert done.stderr
    assert not {c for c in done.stdout + done.stderr if not (c.isprintable() or c == "\n")}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a'b"], "Den Befehl „a'b“ gibt es nicht."),
        (["shw"], "Den Befehl „shw“ gibt es nicht. Meinten Sie „show“?"),
        (["list", "--formt", "json"], "Die Option „--formt“ gibt es nicht. Meinten Sie „--format“?"),
        (["list", "--format", "x'y"], "„--format“: „x'y“ ist keines von „table“, „json“, „csv“, „xlsx“."),
        (["list", "--limit", "C:\\x"], "„--limit“: „C:\\x“ ist keine gültige Zahl."),
        (["list", "--limit", "-3"], "„--limit“: -3 geht nicht. Möglich: mindestens 0."),
        (["today", "--days", "4000"], "„--days“: 4000 geht nicht. Möglich: 0 bis 3650."),
        (["note"], "Es fehlt die Angabe „NUMMER“."),
        (["erase", KEY, "note"], "Es fehlt die Option „--basis“."),
        (["list", "--limit"], "Die Option „--limit“ braucht einen Wert."),
        (["organisation", "add", "x", "y", "--cou"], "Meinten Sie eines von: „--council“, „--county“, „--on“?"),
    ],
)
def test_a_wrong_command_line_is_quoted_as_a_german_quotes(
    tmp_path: Path, typed: Typed, words: list[str], sentence: str
) -> None:
    code, said = typed(tmp_path, shlex.join(["ikz", *words]))
    assert code == 2
    assert sentence in said
    assert not re.search(r"(^|[ (])['\"]", said)


@pytest.mark.parametrize("words", [["x" * 100_000], ["list", "--format", "x" * 100_000], ["backup", "x" * 100_000]])
def test_what_was_pasted_by_mistake_is_not_repeated_whole(
    home: Ikz, tmp_path: Path, typed: Typed, words: list[str]
) -> None:
    code, said = typed(tmp_path / "home", shlex.join(["ikz", *words]))
    assert code in (1, 2)
    assert "xxx…" in said
    assert len(said) < 1000


def test_who_looks_for_the_import_of_organisations_is_shown_the_way(tmp_path: Path, typed: Typed) -> None:
    assert "ikz organisation import" in typed(tmp_path, "ikz import --help")[1]
    assert "import " in typed(tmp_path, "ikz organisation --help")[1]


def test_the_compiled_catalogue_is_the_one_that_can_be_read() -> None:
    folder = CHECKOUT / "ikz_workflow" / "cli" / "locale" / "de" / "LC_MESSAGES"
    with (folder / "ikz.po").open("rb") as readable, (folder / "ikz.mo").open("rb") as compiled:
        written, used = read_po(readable), gettext.GNUTranslations(compiled)
    for message in written:
        plural = isinstance(message.id, tuple)
        if message.id:
            found = [used.ngettext(*message.id, n) for n in (1, 2)] if plural else [used.gettext(message.id)]
            assert found == (list(message.string) if plural else [message.string])


def test_values_are_shown_again_as_a_german_reads_them(home: Ikz) -> None:
    key = started(home, "cost-today=1.234.567,8", "staff=0,5", "task-kind=voluntary")
    shown = home("show", key).stdout
    assert "1.234.567,80 Euro" in shown
    assert "0,5" in shown
    assert "freiwillige Selbstverwaltungsaufgabe" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="another shell, and no such names")
@pytest.mark.parametrize(
    "name", ["Bau Amt", "a'b", 'a"b', "$(touch x)", "`touch x`", "a;touch x", "a&b", "*", "Ä\\b", "!x"]
)
def test_a_command_that_is_named_can_be_copied_whatever_the_folder_is_called(
    tmp_path: Path, typed: Typed, name: str
) -> None:
    folder = tmp_path / name
    code, said = typed(folder, f"ikz init --name {shlex.quote('B. Amt')}")
    assert code == 0
    command = said.rpartition("Weiter: ")[2].strip()
    assert shlex.split(command)[:3] == ["ikz", "--home", str(folder)]
    told = subprocess.run(
        ["bash", "-c", f"ikz() {{ printf '%s\\0' \"$@\"; }}; {command}"], capture_output=True, cwd=tmp_path
    )
    assert told.stdout.split(b"\0")[1].decode() == str(folder)
    assert not (tmp_path / "x").exists()


def test_a_command_before_init_says_what_to_do(ikz: Ikz) -> None:
    assert "ikz --home" in ikz("list", code=1).stderr
    assert "init" in ikz("list", code=1).stderr


def test_init_can_be_repeated_and_changes_nothing(home: Ikz) -> None:
    before = data(home("verify", "--format", "json"))["events"]
    assert "neuesten Stand" in home("init").stdout
    assert data(home("verify", "--format", "json"))["events"] == before


def test_a_foreign_file_in_place_of_the_database_is_left_alone(ikz: Ikz, tmp_path: Path) -> None:
    database = tmp_path / "home" / "ikz.db"
    database.parent.mkdir()
    database.write_text("Das ist ein Brief und keine Datenbank.\n" * 200)
    before = database.read_bytes()
    for command in (["init"], ["list"], ["verify"]):
        refused = ikz(*command, code=1)
        assert "keine ikz-Datenbank" in refused.stderr
    assert database.read_bytes() == before


def filled(key: str, folder: Path, answers: bytes, *options: str, **changes: str) -> str:
    """Return what `ikz fill` says at a terminal on which the answers are typed."""
    main, side = pty.openpty()
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(folder), "fill", key, *options]
    process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=environment(TERM="dumb", **changes))
    os.close(side)
    os.write(main, answers)
    heard = b""
    while True:
        try:
            part = os.read(main, 4096)
        except OSError:
            break
        if not part:
            break
        heard += part
    assert process.wait() == 0, heard.decode()
    return heard.decode()


def test_fill_asks_saves_each_answer_and_can_be_left_and_resumed(home: Ikz, tmp_path: Path) -> None:
    key = started(home)
    heard = filled(key, tmp_path / "home", b"Zwei Bauhoefe teilen sich Geraete.\nDer Anlass.\n.\n")
    fields = data(home("show", key, "--format", "json"))["fields"]
    assert fields["summary"]["value"] == "Zwei Bauhoefe teilen sich Geraete."
    assert fields["occasion"]["value"] == "Der Anlass."
    assert "goals" not in fields
    assert "gespeichert" in heard


def test_fill_goes_on_without_an_editor_and_takes_a_choice_by_number_key_or_label(home: Ikz, tmp_path: Path) -> None:
    key = started(home)
    answers = b"!\nDer Anlass.\n2\nvertikal\nmandatierende Zweckvereinbarung\n"
    fields = ("--field", "occasion", "--field", "Art der Aufgabe", "--field", "direction", "--field", "legal-form")
    heard = filled(key, tmp_path / "home", answers, *fields, EDITOR="/gibt/es/nicht", VISUAL="")
    assert "Editor ließ sich nicht öffnen" in heard
    shown = data(home("show", key, "--format", "json"))["fields"]
    assert shown["occasion"]["value"] == "Der Anlass."
    assert shown["direction"]["value"] == "vertikal"
    assert {"task-kind", "legal-form"} <= set(shown)


def test_the_help_cuts_no_command_s_line_at_eighty_columns(ikz: Ikz) -> None:
    assert "..." not in ikz("--help", COLUMNS="80").stdout


def test_check_without_an_answer_shows_the_questions(home: Ikz) -> None:
    started(home)
    shown = home("check", KEY).stdout
    assert "Umsatzsteuer (vat): noch nicht geprüft" in shown
    assert "17.500 Euro" in shown
    assert "Es fehlt das Ergebnis" in home("check", KEY, "vat", code=2).stderr


@pytest.mark.parametrize(
    "arguments", [["list"], ["history"], ["history", "--format", "json"], ["history", "--format", "csv"], ["--help"]]
)
def test_a_reader_that_has_seen_enough_is_no_fault(home: Ikz, tmp_path: Path, arguments: list[str]) -> None:
    started(home)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(tmp_path / "home"), *arguments]
    done = subprocess.run(command, env=environment(), stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_verify_carries_its_finding_in_every_format(home: Ikz, tmp_path: Path) -> None:
    key = started(home)
    with contextlib.closing(sqlite3.connect(tmp_path / "home" / "ikz.db")) as connection, connection:
        connection.execute("UPDATE proposal SET state = replace(state, '\"fb-23\"', '\"fb-01\"')")
    assert home("verify", code=6).stderr.startswith(key)
    assert data(home("verify", "--format", "json", code=6))["findings"][0]["row"] == key
    assert f"Befund;erwartet;gefunden\n{key};" in home("verify", "--format", "csv", code=6).stdout


def test_a_faulty_workflow_is_listed_beside_the_others(home: Ikz, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "workflows"
    folder.mkdir()
    (folder / "bauhof.toml").write_bytes(b"\xff")
    (folder / "leer.toml").write_text("", encoding="utf-8")
    states = {row["name"]: row["state"] for row in data(home("workflow", "list", "--format", "json"))}
    assert states["kooperation"] == "in Ordnung"
    assert states["bauhof"] == states["leer"] == "1 Fehler"
    assert "Zustand" in home("workflow", "list").stdout
    found = data(home("workflow", "check", "--format", "json", code=6))
    assert {"bauhof.toml", "leer.toml"} <= {one["file"] for one in found}


@pytest.mark.parametrize("page", ["README.md", "docs/handbuch.md"])
def test_every_command_shown_in_the_documentation_works(home: Ikz, page: str) -> None:
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    commands = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ikz ")]
    assert len(commands) > 8
    year = data(home("history", "--format", "json"))[0]["at"][:4]
    for command in commands:
        home(*shlex.split(command.replace("IKZ-2026-", f"IKZ-{year}-"))[1:])


def test_the_readme_names_the_two_commands_that_ci_runs() -> None:
    root = Path(__file__).parents[2]
    readme, ci = (root / "README.md").read_text("utf-8"), (root / ".ci" / "run").read_text("utf-8")
    for command in ("make demo", "make test"):
        assert f"```sh\n{command}\n" in readme
        assert f"\n{command}\n" in ci


def test_two_processes_advancing_the_same_proposal_leave_one_winner(home: Ikz, tmp_path: Path) -> None:
    key = started(home)
    version = str(data(home("show", key, "--format", "json"))["version"])
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(tmp_path / "home"), "advance", key, "suspend"]
    command += ["--until", "2099-03-01", "--note", "warten", "--expect", version]
    both = [
        subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        for _ in range(2)
    ]
    told = [process.communicate() for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes == [0, 5]
    loser = next(error for process, (_, error) in zip(both, told, strict=True) if process.returncode == 5)
    assert "Ruhen lassen" in loser, json.dumps(loser)
    home("verify")


def test_a_home_is_backed_up_checked_and_brought_back(home: Ikz, tmp_path: Path) -> None:
    started(home)
    assert "Bewiesen" in home("backup", "sicherung.zip").stdout
    assert "gibt es schon" in home("backup", "sicherung.zip", code=2).stderr
    assert "nichts überschrieben" in home("restore", "sicherung.zip", code=1).stderr
    assert "vollständig" in home("restore", "sicherung.zip", "--dry-run").stdout
    (tmp_path / "home" / "ikz.db").unlink()
    assert "Zurückgespielt" in home("restore", "sicherung.zip").stdout
    home("verify")
    assert {one["state"] for one in data(home("doctor", "--format", "json"))} <= {"ok", "hint"}
    (tmp_path / "home" / "ikz.db").chmod(0o666)
    told = home("doctor", code=6).stdout
    assert "chmod 600" in told
    assert told.startswith("gut      Datenbank:")  # the state stands in front, what it is about below each other
    assert "\nFEHLER   Ablage:" in told
    assert "GRANT" in home("doctor", "--sql").stdout


def test_the_remedy_for_a_deputy_not_appointed_is_typed_without_acting_as_a_deputy(home: Ikz) -> None:
    home("person", "add", "Hanna Huber", "--account", "huber", "--role", "clerk")
    refused = home("--as", "huber", "new", "Hof", "--department", "FB 23", code=4).stderr
    assert "person appoint p-0002 p-0001" in refused
    assert "--as" not in refused


def test_init_says_that_it_put_back_a_guard_rail_somebody_removed(home: Ikz, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "home" / "ikz.db")) as connection:
        connection.execute("DROP TRIGGER event_is_never_updated")
    said = home("init").stderr
    assert "event_is_never_updated" in said
    assert "ikz --home" in said
    assert home("init").stderr == ""


def test_a_proposal_is_known_by_its_number_in_small_letters_wherever_one_is_taken(
    home: Ikz, tmp_path: Path, typed: Typed
) -> None:
    def ikz(line: str) -> tuple[int, str]:
        return typed(tmp_path / "home", line)

    assert ikz('ikz new Bauhof --department "FB 23" --set goals=Sparen')[0] == 0
    first, second = KEY.lower(), SECOND.lower()
    for line in (
        f'ikz new Nochmal --department "FB 23" --after {first}',
        f"ikz note {second.capitalize()} x",
        f"ikz take-over {second} {first}",
        f"ikz list --start-after {first}",
        f"ikz history {first}",
        f"ikz document create {first} guideline",
        f"ikz workflow migrate kooperation {first} --dry-run",
    ):
        code, said = ikz(line)
        assert code == 0 or "schon an diese Fassung gebunden" in said, said
        assert "ikz-" not in said.replace(str(tmp_path), "")
    code, said = ikz("ikz show ikz-quatsch")
    assert code == 3
    assert "„ikz-quatsch“" in said


@pytest.mark.skipif(sys.platform == "win32", reason="devices and closed streams are a thing of Unix")
def test_a_device_is_written_to_and_never_replaced(home: Ikz, tmp_path: Path) -> None:
    key = started(home)
    assert key in home("list", "--format", "csv", "--output", "/dev/stdout").stdout
    if Path("/dev/full").exists():  # Linux has one
        assert "voll" in home("list", "--format", "csv", "--output", "/dev/full", code=1).stderr
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, encoding="utf-8") as reader:
        home("list", "--format", "csv", "--output", str(pipe))
        assert key in reader.communicate(timeout=60)[0]
    assert not pipe.is_file()
    assert not Path("/dev/full").is_file()
    assert Path("/dev/stdout").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="devices and closed streams are a thing of Unix")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["list", "list --format json", "erase KEY note --basis x", "fill KEY", "set KEY x=y"])
def test_a_closed_stream_breaks_no_command(home: Ikz, tmp_path: Path, closed: str, words: str) -> None:
    line = f"{sys.executable} -m ikz_workflow --home {tmp_path}/home {words.replace('KEY', started(home))} {closed}"
    done = subprocess.run(["sh", "-c", line], env=environment(), capture_output=True, encoding="utf-8")
    assert done.returncode in (0, 2, 3)
    assert "Traceback" not in done.stderr
