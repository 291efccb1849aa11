"""Declare the `ikz` command: its global options, how errors become sentences and exit codes."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from ikz_workflow.cli import language
from ikz_workflow.language import gettext as _

language.choose()  # before click is imported, whose messages are looked up when commands are declared

import click  # noqa: E402

from ikz_workflow import __version__, errors  # noqa: E402
from ikz_workflow.cli import output  # noqa: E402
from ikz_workflow.cli.index import COMMANDS  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from ikz_workflow.services.home import Home

# What each error means to a script that called us; the first that fits counts.
EXIT_CODES: tuple[tuple[type[errors.IkzError], int], ...] = (
    (errors.InvalidInput, 2),
    (errors.TableRefused, 2),
    (errors.NotFound, 3),
    (errors.NotAllowed, 4),
    (errors.ConcurrentUpdate, 5),
    (errors.HistoryBroken, 6),
    (errors.IkzError, 1),
)
FINDINGS = 6
# Options that say how a command runs, not what it records: they may differ when it is repeated with the same `--once`.
_NOT_ASKED_FOR = ("once", "expect", "dry_run", "form", "target", "folder", "pdf")
FORMAT_HELP = _("Ausgabe als Tabelle, JSON, CSV oder Arbeitsmappe (beide für Excel).")


class App(NamedTuple):
    """What every command gets: the home named on the command line, and the person for whom somebody acts, if any.

    `once`, `expect` and `asked` are the terms on which a command records (see `Home`).
    """

    path: str | None
    behalf: str | None = None
    once: str | None = None
    expect: int | None = None
    asked: str = ""

    @property
    def home(self) -> Home:
        """Return the home to work in."""
        from pathlib import Path

        from ikz_workflow.services.home import Home

        home = Home.locate(Path(self.path) if self.path else None, self.behalf, output.doubt_clock)
        if self.once is None and self.expect is None:
            return home
        return home.on_terms(self.once, self.expect, self.asked)

    def home_at(self, moment: str | None) -> Home:
        """Return the home to read in, as it stood at a moment if one is named."""
        if moment is None:
            return self.home
        from ikz_workflow.services import past

        home = past.as_of(self.home, moment)
        then = home.now().astimezone().strftime("%d.%m.%Y, %H:%M")
        with home.ready.reading(home.now()):  # a moment before the history began is refused first
            output.say(_("Wie am {then} Uhr festgehalten:").format(then=then), error=True)
        return home

    def command(self, text: str) -> str:
        """Return a command to be typed, with the home and the person that were named on this command line."""
        if not text.startswith("ikz "):
            return text
        behalf = None if text.startswith("ikz person ") else self.behalf  # that is for others to type
        named = (("--home", self.path), ("--as", behalf))
        options = [f"{option} {_typed(value)}" for option, value in named if value]
        return " ".join(("ikz", *options, text.removeprefix("ikz ")))

    def with_home(self, text: str) -> str:
        """Return a sentence whose commands name what was named on this command line."""
        if self == App(None):
            return text
        found = r"(?:(?<=: )|(?<=\())ikz (?:person )?(?=[a-z])(?!demo)"
        return re.sub(found, lambda begun: self.command(f"{begun[0]}x")[:-1], text)


def _typed(value: str) -> str:
    """Return a value as it is typed into a shell: whoever copies the command must not run what is in it."""
    if re.fullmatch(r"[\w./:@~+-]+", value):
        return value
    if sys.platform == "win32" or not re.search(r'["$`\\!]', value):
        return f'"{value}"'
    import shlex

    return shlex.quote(value)


class Rooms(Mapping[str, click.Command]):
    """The commands by name; a command's room is imported when the command is asked for."""

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS

    def __getitem__(self, name: str) -> click.Command:
        room = import_module(f"ikz_workflow.cli.{COMMANDS[name][0]}")
        return next(_prepared(command) for command in room.COMMANDS if command.name == name)


class Commands(click.Group):
    """A group of commands, listed in the order of the work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order declared."""
        return list(self.commands)


class AllCommands(Commands):
    """The group of all commands."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands as the index knows them, without importing any."""
        with formatter.section(_("Befehle")):
            formatter.write_dl([(name, what) for name, (_room, what) in COMMANDS.items()])

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the arguments; help may be printed here already."""
        with _reader_may_leave():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and hand over all it printed."""
        with _reader_may_leave():
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """End without a fault when the one who reads our output has seen enough (`ikz history | head -1`)."""
    try:
        yield
    except OSError as error:
        if not _is_closed_pipe(error):
            raise
        _write_nowhere()
        raise click.exceptions.Exit(0) from None


def _is_closed_pipe(error: OSError) -> bool:
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def _write_nowhere() -> None:
    """Let what is still to be printed vanish, so that nothing fails on the closed pipe again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())


@click.group(
    cls=AllCommands,
    commands=Rooms(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar=_("BEFEHL …"),
    options_metavar=_("[OPTIONEN]"),
    epilog=_("Zum Kennenlernen: ikz demo. Zu jedem Befehl: ikz BEFEHL --help."),
)
@click.option(
    "--home",
    type=click.Path(file_okay=False),
    metavar="ORDNER",
    help=_("Ordner mit Datenbank und Dokumenten (sonst IKZ_HOME, sonst der Benutzerordner)."),
)
@click.option(
    "--as",
    "behalf",
    metavar="PERSON",
    help=_("Handelt in Vertretung dieser Person; beide werden festgehalten."),
)
@click.version_option(__version__, prog_name="ikz", message="%(prog)s %(version)s", help=_("Zeigt die Version."))
@click.pass_context
def cli(context: click.Context, home: str | None, behalf: str | None) -> None:
    """Führt Vorhaben der interkommunalen Zusammenarbeit von der Idee bis zum Ratsbeschluss."""
    context.obj = App(home, behalf)


def run() -> None:
    """Run the command line and leave with its exit code."""
    output.prepare_streams()
    try:
        code = _outcome()
    except OSError as error:  # while an error was being told
        if not _is_closed_pipe(error):
            raise
        _write_nowhere()
        code = 0
    sys.exit(code)


def _outcome() -> int:
    """Run the command, tell its error if there is one, and return the exit code."""
    try:
        return int(cli(prog_name="ikz", standalone_mode=False) or 0)
    except click.Abort:
        output.say(_("Abgebrochen; alles Eingegebene ist gespeichert."), error=True)
        return 130
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except errors.AlreadyRecorded as known:  # the command did what it was to do, the first time
        output.say(str(known))
        return 0
    except errors.IkzError as error:
        _explain(error)
        return next(code for kind, code in EXIT_CODES if isinstance(error, kind))
    except OSError as error:
        from ikz_workflow import german

        what = _("{name} lässt sich nicht lesen oder schreiben ({why}). Bitte Pfad und Rechte prüfen.")
        name = errors.readable(str(error.filename or _("Die Ausgabe")), 200)
        output.say(what.format(name=name, why=german.refusal(error)), error=True)
        return 1


def _show(error: click.ClickException) -> None:
    """Print a fault of the command line; it repeats what was typed or pasted, which may hold anything."""
    told = io.StringIO()
    error.show(file=told)
    # Names which the library quotes before a sentence is translated; what was typed is quoted by the catalogue.
    text = re.sub(r"(?<![^\s(])'([^'\n]*)'(?![^\s.,:;?)/])", r"„\1“", told.getvalue())
    text = re.sub(r"\S{200,}", lambda pasted: f"{pasted[0][:60]}…", text)
    output.say(text.rstrip("\n"), error=True)


class Whole(click.IntRange):
    """A whole number within bounds, which messages and help tell in words."""

    def _describe_range(self) -> str:
        text = _("mindestens {least}") if self.max is None else _("{least} bis {most}")
        return text.format(least=self.min, most=self.max)


class _Number(click.ParamType[str]):
    """The number of a proposal, however it is typed: a clerk types ikz-2026-0001."""

    name = "number"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it as it is kept; what is none stays as it was typed."""
        return value.upper() if re.fullmatch("ikz-[0-9]{4}-[0-9]+", value, re.IGNORECASE) else value


def _prepared(command: click.Command) -> click.Command:
    """Return the command with the parts of its usage line that the catalogue does not reach in German, and with the
    numbers of proposals read as such wherever one is taken."""
    for parameter in command.params:
        if (parameter.metavar or "").strip("[]…") in _NUMBERS:
            parameter.type = _NUMBER
    command.options_metavar = _("[OPTIONEN]")
    command.short_help = (command.help or "").partition("\n\n")[0]  # whole in the list of commands, not cut
    if isinstance(command, click.Group):
        command.subcommand_metavar = _("BEFEHL …")
        for name in command.commands:
            _prepared(command.commands[name])
    return command


_NUMBER, _NUMBERS = _Number(), ("NUMMER", "HERKUNFT")


def _explain(error: errors.IkzError) -> None:
    app = _app()
    if isinstance(error, errors.RequirementsUnmet):
        from ikz_workflow.cli.checklist import show_items

        output.say(str(error), error=True)
        show_items(error.missing, app.command, error=True)
        return
    output.say(app.with_home(str(error)), error=True)
    if isinstance(error, errors.WouldOverwrite):
        for line in error.difference:
            output.say(f"  {line}", error=True)


def _app() -> App:
    """Return the app of the command that failed, as far as its options are known."""
    command = next((place for place, word in enumerate(sys.argv) if word in COMMANDS), len(sys.argv))
    arguments = sys.argv[1:command]  # what follows are the command's own options: attach has another --as
    home, behalf = (_named(option, arguments) for option in ("--home", "--as"))
    return App(home, behalf)


def _named(option: str, arguments: list[str]) -> str | None:
    """Return the value of an option among arguments, None if it is not there."""
    if option in arguments[:-1]:
        return arguments[arguments.index(option) + 1]
    return next((one.removeprefix(f"{option}=") for one in arguments if one.startswith(f"{option}=")), None)


def pass_app(function: Callable[..., None]) -> Callable[..., None]:
    """Hand the app to a command as its first argument."""
    passed: Callable[..., None] = click.make_pass_decorator(App)(function)
    return passed


def format_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add `--format`, and `--output` for the file that takes it."""
    from pathlib import Path

    @wraps(function)
    def directed(*arguments: Any, form: str, target: Path | None, **options: Any) -> None:
        output.direct(form, target)
        function(*arguments, form=form, **options)

    option = click.option(
        "--output",
        "target",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="DATEI",
        help=_("Datei für --format xlsx, csv oder json."),
    )(directed)
    return click.option(
        "--format",
        "form",
        type=click.Choice(output.FORMATS),
        default="table",
        help=FORMAT_HELP,
        show_default=True,
    )(option)


def at_option(function: Any) -> Any:
    """Add `--at`."""
    return click.option(
        "--at",
        metavar="ZEITPUNKT",
        help=_("Stand, wie er damals festgehalten war: 22.11.2026 oder „22.11.2026 14:30“."),
    )(function)


def happened_option(function: Any) -> Any:
    """Add `--happened`."""
    return click.option(
        "--happened",
        metavar="VON..BIS",
        help=_("Nur, was in dieser Zeit geschah: 2003..2005, 01.07.2024.. oder 2011-02."),
    )(function)


def once_option(function: Any) -> Any:
    """Add `--once`; what it names counts for this command alone, and for the proposal the command is about."""

    @wraps(function)
    def named(*arguments: Any, once: str | None, **options: Any) -> None:
        if once is not None:
            context = click.get_current_context()
            app: App = context.obj
            if not re.fullmatch(r"[A-Za-z0-9._:+-]{8,100}", once):
                why = _("Bitte 8 bis 100 Buchstaben, Ziffern, Punkte oder Striche, für jeden Befehl andere.")
                raise errors.InvalidInput("--once", once, why)
            command = context.command_path.removeprefix("ikz ")
            context.obj = app._replace(once=f"{command} {once}", asked=_digest(context.params))
        function(*arguments, **options)

    return click.option(
        "--once",
        metavar="ZEICHEN",
        help=_("Hält nur einmal fest, so oft der Befehl mit diesem Zeichen wiederholt wird."),
    )(named)


def _digest(parameters: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a command line asks for; files count by name and content, if they can be read."""
    import hashlib
    import json
    from pathlib import Path

    def told(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [told(one) for one in value]
        file = re.fullmatch("[^=]*=@(.+)", value) if isinstance(value, str) else None
        path = Path(file[1]) if file else value
        with suppress(OSError, ValueError):  # the command itself says what is wrong with a file
            if isinstance(path, Path) and path.is_file():
                with path.open("rb") as content:
                    return [path.name, hashlib.file_digest(content, "sha256").hexdigest()]
        return str(value)

    asked = [[name, told(value)] for name, value in sorted(parameters.items()) if name not in _NOT_ASKED_FOR]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def expect_option(function: Any) -> Any:
    """Add `--expect`."""

    @wraps(function)
    def seen(*arguments: Any, expect: int | None, **options: Any) -> None:
        if expect is not None:
            context = click.get_current_context()
            app: App = context.obj
            context.obj = app._replace(expect=expect)
        function(*arguments, **options)

    return click.option("--expect", type=int, metavar="STAND", help=_("Nur, wenn das Vorhaben noch diesen Stand hat."))(
        seen
    )


def on_option(function: Any) -> Any:
    """Add `--on`, `--note` and `--once`."""
    function = once_option(function)
    function = click.option("--note", metavar="TEXT", help=_("Bemerkung dazu."))(function)
    return click.option(
        "--on",
        metavar="DATUM|unknown",
        help=_("Wann es geschah: 22.11.2026, 2011-02, 2003 oder unknown (sonst heute)."),
    )(function)
