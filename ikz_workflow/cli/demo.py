"""Play the demo: real commands in a home of its own, from an idea to an agreement in force, and three histories."""

from __future__ import annotations

import io
import re
import shlex
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from xml.sax.saxutils import escape

from ikz_workflow.cli import demo_folder, output
from ikz_workflow.cli.app import App, cli
from ikz_workflow.cli.checklist import show_items
from ikz_workflow.errors import RequirementsUnmet
from ikz_workflow.language import gettext as _
from ikz_workflow.services.home import Home

SCRIPT = Path(__file__).with_name("demo_script.txt")


def play(directory: Path) -> None:
    """Play the whole script in a folder of its own, printing step by step, and say what there is to see then.

    A folder that is not the demo's own, or in which something would be lost, is left as it is: InvalidInput.
    """
    home = Home.locate(directory)
    demo_folder.prepare(home, directory)
    output.wrapped(
        _(
            "Die Demo spielt vier Vorhaben mit echten Befehlen durch, im Ordner {path}. Wer sie von Hand eingibt, "
            "nennt den Ordner dazu: ikz --home ORDNER …. Lange Befehle sind hier gekürzt."
        ).format(path=directory)
    )
    with tempfile.TemporaryDirectory(prefix="ikz-") as folder:
        _Stage(home, directory, Path(folder)).play(_script())
    from ikz_workflow.services import audit

    log = audit.end(home)
    demo_folder.mark(home, log.log_id, log.seq)
    _farewell(home, directory)
    home.database.close()


class _Stage:
    """Where the script is played: the home, the name it was given, and what the script has brought forth so far."""

    def __init__(self, home: Home, directory: Path, folder: Path) -> None:
        self.home, self.directory, self.folder = home, directory, folder
        self.key, self.edited = "", folder

    def play(self, script: str) -> None:
        """Play all lines of a script."""
        for line in _steps(script):
            kind, _space, rest = line.partition(" ")
            if kind in ("==", "#"):
                output.say()
                output.heading(rest) if kind == "==" else output.wrapped(rest)
            elif kind == "word":
                self._edit(*shlex.split(rest))
            else:
                self._command(line.removeprefix("show ").removeprefix("refused "), kind)

    def _command(self, line: str, kind: str) -> None:
        named = line.replace("{key}", self.key)
        output.say(_shortened(f"  {named.replace('{edited}', self.edited.name)}"))
        words = [word.replace(r"\n", "\n").replace("{edited}", str(self.edited)) for word in shlex.split(named)[1:]]
        arguments = ["--home", str(self.directory), *words]
        if kind == "show":
            output.say()
            cli.main(arguments, prog_name="ikz", standalone_mode=False)
        elif kind == "refused":
            self._refused(arguments)
        else:
            said = io.StringIO()
            with redirect_stdout(said):
                cli.main(arguments, prog_name="ikz", standalone_mode=False)
            told = said.getvalue().partition("\n")[0].replace(str(self.home.path), str(self.directory))
            output.wrapped(told, "    ")
            if words[0] == "new":
                self.key = told.partition(":")[0]
            if words[0] == "init":
                self._mark()

    def _refused(self, arguments: list[str]) -> None:
        """Run a command that is refused, and print its refusal as the command line would."""
        try:
            cli.main(arguments, prog_name="ikz", standalone_mode=False)
        except RequirementsUnmet as refusal:
            output.say()
            output.say(str(refusal))
            show_items(refusal.missing, App(str(self.directory)).command)

    def _mark(self) -> None:
        from ikz_workflow.services import audit

        demo_folder.mark(self.home, audit.end(self.home).log_id)

    def _edit(self, kind: str, old: str, new: str) -> None:
        """Change the newest version of a document in a file of its own, as the clerk would in Word."""
        from ikz_workflow.services import documents

        made = documents.read(self.home, self.key, kind)
        self.edited = self.folder / made.file_name
        with zipfile.ZipFile(io.BytesIO(made.content)) as before, zipfile.ZipFile(self.edited, "w") as after:
            for part in before.infolist():
                content = before.read(part)
                if part.filename == "word/document.xml":
                    content = content.replace(escape(old).encode(), escape(new).encode())
                after.writestr(part, content)
        output.wrapped(_("(in Word: aus „{old}“ wird „{new}“)").format(old=old, new=new), "  ")


def _script() -> str:
    """Return what is played; the words before the first heading explain how it is written."""
    _explanation, heading, script = SCRIPT.read_text(encoding="utf-8").partition("\n== ")
    return heading + script


def _steps(script: str) -> Iterator[str]:
    """Return the steps of a script, indented lines joined to the step before."""
    for block in re.split(r"\n(?!  |\Z)", script.strip()):
        step = " ".join(line.strip() for line in block.split("\n"))
        if step:
            yield step


def _shortened(line: str) -> str:
    """Return a line cut to the terminal's width."""
    room = max(40, min(output.width(), 110))
    return line if len(line) <= room else line[: room - 1].rstrip() + "…"


def _farewell(home: Home, directory: Path) -> None:
    """Print what was written and what to try next."""
    output.say()
    output.heading(_("Geschriebene Word-Dateien"))
    for path in sorted((home.path / "documents").glob("*.docx")):
        output.say(f"  {directory / 'documents' / path.name}")
    from ikz_workflow.services import work

    keys = [line.key for line in work.listing(home)]
    output.say()
    output.heading(_("Zum Ausprobieren"))
    app = App(str(directory))
    for command, what in (
        (f"ikz status {keys[0]}", _("was als Nächstes möglich ist")),
        (f"ikz history {keys[1]}", _("woran die Leitstellen scheiterten")),
        ("ikz verify", _("beweist, dass nichts verändert wurde")),
    ):
        output.say(f"  {app.command(command)}")
        output.say(f"      {what}")
