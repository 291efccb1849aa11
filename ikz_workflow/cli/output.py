"""Print what commands return: tables and lists for people, JSON and CSV for machines."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

from ikz_workflow.errors import InvalidInput, StorageError
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

FORMATS = ("table", "json", "csv", "xlsx")
_TARGET = "ikz_workflow.output"  # where the context of the command keeps the file named with --output
_HARMLESS = "\u00ad\u200d"  # soft hyphen, and what joins emoji
_WORD = 18  # longer words may be broken in a table
_PIECE = 9  # a value no longer than this stays in one line
_LABEL = 30  # a longer label stands in a line of its own
_WHOLE = ("key", "seq", "on", "since", "due", "file")  # columns whose values are never broken
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d")


def prepare_streams() -> None:
    """Let the terminal's own encoding replace what it cannot show, and nothing stand in for a stream that is closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  open as long as we run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # typed in another encoding: refused where it is to be kept


def shown(text: str, *, lines: bool = False) -> str:
    """Return stored text with every character made visible that a terminal would obey or hide."""
    return text if text.isprintable() else "".join(_visible(character, lines) for character in text)


def _visible(character: str, lines: bool) -> str:
    import unicodedata

    if character.isprintable() or character in _HARMLESS or (lines and character == "\n"):
        return character
    if character in "\n\t" or unicodedata.category(character) == "Zs":  # no-break blanks are blanks here
        return " "
    return f"\\u{ord(character):04x}" if unicodedata.category(character)[0] in "CZ" else character


def say(text: str = "", *, error: bool = False) -> None:
    """Print a line of text with control characters made visible."""
    click.echo(shown(text, lines=True), err=error)


def warn_of_lookalikes(*names: object) -> None:
    """Say which of the names just entered hold letters that look like others."""
    from ikz_workflow.services import lookalikes

    for sentence in lookalikes.told(name for name in names if isinstance(name, str)):
        say(_("Achtung: {text}").format(text=sentence), error=True)


def agreed(question: str) -> bool:
    """Ask a question whose answer is no unless somebody types yes."""
    asked = _("{question} (ja/nein)").format(question=question)
    return click.prompt(asked, default="nein", show_default=False, err=True).strip().casefold() in ("ja", "j")


def doubt_clock(what: str) -> None:
    """Ask whether a clock that is in doubt is right, before something is recorded by it; where nobody can answer, only
    tell: nothing that runs by itself stops for a home that rested. StorageError if it is wrong."""
    remedy = _("Bitte Datum und Uhrzeit des Rechners stellen.")
    if not sys.stdin.isatty():
        say(
            _("Achtung: {text}").format(text=what) + " " + _("Stimmt das nicht: {text}").format(text=remedy), error=True
        )
        return
    wrapped(what + " " + _("Was festgehalten wird, trägt dieses Datum für immer."), error=True)
    nothing = _("Nichts wurde festgehalten.")
    try:
        is_right = agreed(_("Stimmt das Datum?"))
    except click.Abort:
        say(f"\n{nothing}", error=True)
        sys.exit(130)
    if not is_right:
        raise StorageError(nothing, remedy)


class Progress:
    """A counter on the terminal's last line; silent where nobody watches."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, done: int, whole: int) -> None:
        """Show how much is done; erase the line at the end."""
        if done >= whole:
            self.erase()
        elif sys.stderr.isatty():
            click.echo(f"\r{self.label}: {100 * done // whole} %", nl=False, err=True)

    def erase(self) -> None:
        """Take the line away, before something else is printed."""
        if sys.stderr.isatty():
            click.echo("\r" + " " * (len(self.label) + len(": 100 %")) + "\r", nl=False, err=True)


def emphasised(text: str) -> str:
    """Return text in bold where colours are wanted."""
    return click.style(text, bold=True) if "NO_COLOR" not in os.environ else text


def heading(text: str) -> None:
    """Print a heading."""
    click.echo(emphasised(shown(text)))


def rows(
    form: str,
    data: Iterable[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    spare: Sequence[str] = (),
    right: Collection[str] = (),
) -> None:
    """Print rows as a table with German headings, as JSON with stable English keys, or for German Excel.

    The `spare` columns are left out of a table, the first of them first, where the terminal is too narrow; those at the
    `right`, such as amounts, end below each other. JSON and CSV are written row by row: a register has no end.
    """
    if form == "json":
        _write(_json(data))
        return
    if form == "csv":
        _write(_csv(data, columns))
        return
    data = list(data)
    if form == "xlsx":
        _xlsx(data, columns)
    elif not data:
        say(_("Nichts gefunden."))
    else:
        used = {key: label for key, label in columns.items() if any(plain(row.get(key)) for row in data)}
        for name in spare:
            if not _fits(data, used):
                used.pop(name, None)
        if _fits(data, used):
            _table(data, used, right)
        else:
            _cards(data, used)


def document(data: Any) -> None:
    """Print data as JSON."""
    import json

    _write([json.dumps(data, ensure_ascii=False, indent=2) + "\n"])


def _json(data: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a list as `document` writes it, element by element."""
    import json

    begin = "[\n  "
    for one in data:
        yield begin + json.dumps(one, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        begin = ",\n  "
    yield "[]\n" if begin == "[\n  " else "\n]\n"


def raw(text: str) -> None:
    """Print a text as it is, for a file that takes it."""
    _write([text])


def direct(form: str, target: Path | None) -> None:
    """Send what the command prints to a file. InvalidInput if form and file do not go together."""
    if form == "xlsx" and target is None:
        raise InvalidInput("--format xlsx", "", _("Eine Arbeitsmappe braucht eine Datei: --output DATEI.xlsx"))
    if form == "table" and target is not None:
        why = _("In eine Datei schreiben --format xlsx, csv oder json; eine Tabelle ist für den Bildschirm.")
        raise InvalidInput("--output", str(target), why)
    click.get_current_context().meta[_TARGET] = target


def write_to(target: Path, parts: Iterable[bytes]) -> None:
    """Write a file, whole or not at all, and say so."""
    from ikz_workflow import german
    from ikz_workflow.services.files import written

    try:
        with written(target) as stream:
            stream.writelines(parts)
    except OSError as error:
        what = _("{target} lässt sich nicht schreiben ({why}).").format(target=target, why=german.refusal(error))
        remedy = _("Bitte Pfad und Rechte prüfen; eine in Excel geöffnete Datei zuerst schließen.")
        raise StorageError(what, remedy) from None
    say(_("Geschrieben: {target}").format(target=target))


def _write(parts: Iterable[str]) -> None:
    """Write text as UTF-8, whatever the terminal's own encoding, or into the file named with `--output`."""
    encoded = (part.encode("utf-8", errors="replace") for part in parts)
    target = click.get_current_context().meta.get(_TARGET)
    if target is not None:
        write_to(target, encoded)
        return
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.writelines(parts)
    else:
        binary.writelines(encoded)
        binary.flush()


def _csv(data: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> Iterator[str]:
    """Yield lines with `;`, a BOM and CRLF, as German Excel opens them; what would be a formula becomes text."""
    import csv

    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    target.write("\ufeff")
    writer.writerow(columns.values())
    for row in data:
        writer.writerow([harmless(plain(row.get(key))) for key in columns])
        yield target.getvalue()
        target.seek(0)
        target.truncate()
    yield target.getvalue()


def _xlsx(data: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Write a workbook; numbers stay numbers, all else is text."""
    from ikz_workflow.exchange.workbook import Value, workbook

    def cell(value: Any) -> Value:
        return value if type(value) is int else shown(plain(value), lines=True)

    title = click.get_current_context().command_path.removeprefix("ikz ")
    content = workbook(title, list(columns.values()), [[cell(row.get(key)) for key in columns] for row in data])
    write_to(click.get_current_context().meta[_TARGET], [content])


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain(value: Any) -> str:
    """Return a value of a row as text."""
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value)
    return "" if value is None else str(value)


def is_screen() -> bool:
    """Tell whether what is printed goes to a screen."""
    return sys.stdout.isatty()


def width() -> int:
    """Return how many columns the terminal has, 110 where there is none."""
    import shutil

    return shutil.get_terminal_size((110, 24)).columns


def console() -> Console:
    """Return the console that prints tables."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError(errno.EPIPE, "")  # rich would leave with 1; the command line knows better

    return Terminal(
        markup=False, highlight=False, emoji=False, width=width() - 1, soft_wrap=False
    )  # a column in reserve: rounding


def _need(data: Sequence[Mapping[str, Any]], key: str, label: str) -> int:
    """Return the narrowest a column may be, so that ordinary words stay whole."""
    texts = [label, *(plain(row.get(key)) for row in data)]
    if key in _WHOLE:
        return max(len(text) for text in texts)
    return min(_WORD, max(len(word) for text in texts for word in _pieces(text)))


def _pieces(text: str) -> list[str]:
    """Return what of a text stays in one line: its words, or all of a short one such as „FB 23“."""
    return [text] if len(text) <= _PIECE else text.split()


def _fits(data: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> bool:
    """Tell whether a table would leave each column room enough."""
    return sum(_need(data, key, label) + 2 for key, label in columns.items()) <= width()


def _widths(data: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> dict[str, int]:
    """Return what each column gets: what it needs, and of the room that is left as much as its longest text wants."""
    sizes = {key: _need(data, key, label) for key, label in columns.items()}
    longest = {
        key: max(len(text) for text in (label, *(plain(row.get(key)) for row in data)))
        for key, label in columns.items()
    }
    words = {key: max(len(word) for row in data for word in _pieces(plain(row.get(key))) or [""]) for key in columns}
    room = width() + 1 - sum(size + 2 for size in sizes.values())  # nothing follows the last column
    for wanted in (words, longest):  # long words first: they are broken where they do not fit
        while room > 0 and (hungry := [key for key, size in sizes.items() if size < wanted[key]]):
            for key in hungry[:room]:
                sizes[key] += 1
            room -= len(hungry)
    return sizes


def _cards(data: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Print each row as a heading with its values below, for rows too wide for the terminal."""
    first, *others = columns
    for number, row in enumerate(data):
        if number:
            click.echo()
        heading(plain(row.get(first)))
        pairs([(columns[key], plain(row.get(key))) for key in others], "  ")


def _table(data: Sequence[Mapping[str, Any]], columns: Mapping[str, str], right: Collection[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for key, size in _widths(data, columns).items():
        justify: Literal["left", "right"] = "right" if key in right else "left"
        table.add_column(Text(columns[key]), overflow="fold", width=size, justify=justify)
    for row in data:
        table.add_row(*(Text(shown(plain(row.get(key)))) for key in columns))
    console().print(table, crop=False)


def wrapped(text: str, indent: str = "", first: str | None = None, *, error: bool = False) -> None:
    """Print a text wrapped to the terminal's width, its lines indented."""
    import textwrap

    start = indent if first is None else first
    for number, line in enumerate(shown(text, lines=True).split("\n")):
        filled = textwrap.fill(
            line,
            max(40, min(width(), 110)),
            initial_indent=start if number == 0 else indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        click.echo(filled or indent.rstrip(), err=error)


def short(text: str, indent: str = "") -> None:
    """Print a text in one line, cut to the terminal's width."""
    line = indent + shown(" ".join(text.split()))
    room = max(40, min(width(), 110))
    click.echo(line if len(line) <= room else line[: room - 1].rstrip() + "…")


def marked(pieces: Iterable[tuple[str, str]], indent: str, first: str) -> None:
    """Print pieces of text with their styles, wrapped to the terminal's width, its lines indented."""
    from rich.text import Text

    text = Text()
    for words, style in pieces:
        text.append(" ".join(shown(words, lines=True).split("\n")), style)
    screen = console()
    room = max(40, min(width(), 110)) - len(indent)
    for number, line in enumerate(text.wrap(screen, room)):
        line.rstrip()
        screen.print(Text(first if number == 0 else indent) + line, soft_wrap=True)


def pairs(values: Sequence[tuple[str, str]], indent: str = "") -> None:
    """Print labels with values, the values aligned, empty ones left out."""
    filled = [(label, value) for label, value in values if value]
    column = min(max((len(label) for label, _value in filled), default=0), _LABEL) + 2
    for label, value in filled:
        if len(label) > _LABEL:
            wrapped(f"{label}:", indent)
            wrapped(value, indent + " " * column)
        else:
            wrapped(value, indent + " " * column, f"{indent}{label}:".ljust(column + len(indent)))
