"""Find and set up a home: its folder, its database, who sits in front of it, what time it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from ikz_workflow import german
from ikz_workflow.errors import AlreadyRecorded, ConcurrentUpdate, InvalidInput, StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.storage.database import Database
from ikz_workflow.storage.transaction import Transaction

_AHEAD, _BEHIND = timedelta(days=366), timedelta(days=1)  # machines that share a database may differ a little
# An entry bears the time at which somebody began to write it; who has to wait for others comes after them.
WAITED = timedelta(minutes=1)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Home:
    """Where a command works: the folder, the place of its database, the account named to act (or None), the clock.

    `behalf` is the person for whom the one in front of it acts, by key or name. What is recorded is recorded on terms:
    `once` only if nothing was recorded yet with the same word, `expect` only while the proposal has this version;
    `asked` is the digest of what is to be recorded once, so that a word is not taken for another thing. `doubt` is told
    what makes the clock implausible before anything is recorded by it, and raises if nothing is to be recorded then.
    """

    path: Path
    place: str | Path
    named: str | None
    now: Callable[[], datetime] = _now
    behalf: str | None = None
    once: str | None = None
    expect: int | None = None
    asked: str = ""
    doubt: Callable[[str], None] | None = None

    @classmethod
    def locate(
        cls, path: Path | None = None, behalf: str | None = None, doubt: Callable[[str], None] | None = None
    ) -> Home:
        """Return the home named, or that of IKZ_HOME, or the platform's user data folder.

        IKZ_DATABASE_URL names another database, unless the home is named.
        """
        given = path or (Path(os.environ["IKZ_HOME"]) if os.environ.get("IKZ_HOME") else None)
        if given is None:
            import platformdirs

            given = Path(platformdirs.user_data_dir("ikz", appauthor=False, roaming=False))
        folder = _absolute(given)
        # A home named on the command line has its own database, whatever the environment says of the usual one.
        url = os.environ.get("IKZ_DATABASE_URL") if path is None else None
        return cls(folder, url or folder / "ikz.db", None, behalf=behalf, doubt=doubt)

    @cached_property
    def database(self) -> Database:
        """Return the database; nothing is opened yet."""
        return Database.at(self.place)

    @cached_property
    def ready(self) -> Database:
        """Return the database after checking that it is ours and in the newest form."""
        self.database.check()
        return self.database

    def writing(self, key: str = "", *, dry_run: bool = False) -> AbstractContextManager[Transaction]:
        """Run one transaction that records, on the terms named; `key` is the proposal it is about, if it is about one.

        A dry run is undone. AlreadyRecorded, InvalidInput, ConcurrentUpdate where the terms are not met.
        """
        if self.doubt is not None and not dry_run:
            with self.ready.reading(self.now()) as tx:
                said = implausible(tx)
            if said:  # told outside of a transaction: whoever thinks about it keeps nobody waiting
                self.doubt(said)
        begun = (self.ready.trying if dry_run else self.ready.writing)(self.now())
        return begun if self.once is None and self.expect is None else self._on_terms(begun, key)

    @contextmanager
    def _on_terms(self, begun: AbstractContextManager[Transaction], key: str) -> Iterator[Transaction]:
        with begun as tx:
            if self.once is not None:
                _refuse_twice(tx, key, self.once, self.asked)
            if self.expect is not None and key and self.expect != (found := tx.proposal(key).version):
                raise ConcurrentUpdate(key, self.expect, found, changes_since(tx, key, self.expect))
            yield tx

    @cached_property
    def account(self) -> str:
        """Return the account that acts: the server's login where there is one, else the operating system's."""
        return self.named or self.database.login() or account()

    @property
    def today(self) -> date:
        """Return today's date where the clerk sits."""
        return self.now().astimezone().date()

    def anew(self) -> Home:
        """Return the same home with nothing opened yet, as another process needs it that has nobody to ask."""
        return replace(self, doubt=None)

    def on_terms(self, once: str | None, expect: int | None, asked: str = "") -> Home:
        """Return the same home, where what is recorded is recorded on these terms."""
        return replace(self, once=once, expect=expect, asked=asked)

    def acting_as(self, account: str, now: Callable[[], datetime] | None = None) -> Home:
        """Return the same home with another account (and clock) in front of it."""
        return replace(self, named=account, now=now or self.now)


def _absolute(given: Path) -> Path:
    """Return a folder's whole path. InvalidInput if it begins with a user or a working directory that is not there."""
    try:
        return given.expanduser().absolute()
    except RuntimeError:
        why = _("Dieses Benutzerkonto gibt es nicht; bitte den Ordner ausschreiben.")
        raise InvalidInput("--home", str(given), why) from None
    except OSError as error:
        what = _("Der Arbeitsordner ist weg oder nicht lesbar ({why}).").format(why=german.refusal(error))
        raise StorageError(
            what, _("Bitte in einen anderen Ordner wechseln oder --home mit ganzem Pfad angeben.")
        ) from None


def implausible(tx: Transaction) -> str:
    """Return what is to be said of a clock that is a year ahead of the last entry, or a day behind it; "" of others.

    The last entry counts, not the latest: a clock by which somebody recorded nevertheless is not doubted again.
    """
    last = tx.row(tx.head.seq)
    if last is None or -_BEHIND <= tx.now - (then := datetime.fromisoformat(last.at)) <= _AHEAD:
        return ""
    text = _("Die Uhr dieses Rechners zeigt den {now}, der letzte Eintrag ist vom {then}.")
    now, then = tx.now.astimezone(), then.astimezone()
    return text.format(now=german.date(now.date().isoformat()), then=german.date(then.date().isoformat()))


def _refuse_twice(tx: Transaction, key: str, once: str, asked: str) -> None:
    """Refuse what was recorded already. AlreadyRecorded says of a proposal what that was; InvalidInput if the word
    was given for something else: whoever gives it again would take the new for recorded."""
    from ikz_workflow.services.telling import timeline_of

    try:
        tx.refuse_twice(f"{key} {once}".strip(), asked)
    except AlreadyRecorded as known:
        about = timeline_of(tx, known.subject) if "/" not in known.subject else ()
        told = next((one for one in about if one.seq == known.seq), None)
        what = f"{told.sentence} {told.note}".strip() if told else ""
        first = AlreadyRecorded(known.subject, known.seq, known.at, what)
        if known.is_other:
            why = _("Mit diesem Zeichen wurde etwas anderes festgehalten; bitte ein neues nehmen.")
            raise InvalidInput("--once", once.rpartition(" ")[2], f"{why}\n{first}") from None
        raise first from None


def changes_since(tx: Transaction, key: str, version: int) -> list[str]:
    """Return what happened to a proposal after a version, a line each."""
    from ikz_workflow.services.telling import timeline_of

    return [f"Stand {one.version}: {one.sentence} ({one.actor})" for one in timeline_of(tx, key, after=version)]


def account() -> str:
    """Return the operating system's account: by uid, on Windows by the account name; the environment is not asked."""
    if sys.platform == "win32":
        import ctypes

        size = ctypes.c_ulong(257)
        buffer = ctypes.create_unicode_buffer(size.value)
        if not ctypes.windll.advapi32.GetUserNameW(buffer, ctypes.byref(size)):
            raise StorageError(_("Windows nennt das angemeldete Konto nicht."), _("Bitte neu anmelden."))
        return buffer.value
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"
