"""Run a throw-away PostgreSQL server on loopback, as an ordinary user, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

PASSWORD = "geheim-und-lang"


class NoServer(Exception):
    """PostgreSQL's programs are not installed here."""


def programs() -> Path:
    """Return the folder with initdb and postgres, the newest there is."""
    places = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -float(place.parent.name))
    for place in places:
        if (place / "postgres").exists():
            return place
    raise NoServer("PostgreSQL fehlt: apt-get install postgresql")


def ordinary_user() -> dict[str, Any]:
    """Return as whom the server runs: initdb refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise NoServer("Es gibt keinen gewöhnlichen Benutzer, unter dem der Server laufen könnte.")


class Cluster:
    """A running server; databases are copies of a template that is built once."""

    def __init__(self, folder: Path, port: int, command: list[str | Path], who: dict[str, Any]) -> None:
        self.folder, self.port = folder, port
        self._command, self._who = command, who
        self._numbers = count(1)
        self._log = (folder / "log").open("ab")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._server = subprocess.Popen(
            self._command, cwd=self.folder, env=_plain(), stdout=self._log, stderr=self._log, **self._who
        )
        _await(self, self._server)

    def stop(self) -> None:
        """End the server at once, as `pg_ctl stop -m immediate` does: what it holds is thrown away."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(timeout=60)

    def close(self) -> None:
        """End the server if it runs, and its log."""
        if self._server.poll() is None:
            self.stop()
        self._log.close()

    def await_recovery(self) -> None:
        """Wait until the server answers again, after a process of it was killed."""
        _await(self, self._server)

    def url(self, database: str, user: str = "meier", password: str = PASSWORD, **options: str) -> str:
        """Return the address of a database for a personal login."""
        more = "?" + "&".join(f"{name}={value}" for name, value in options.items()) if options else ""
        return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{self.port}/{database}{more}"

    def do(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Execute statements as the server's administrator and return the rows of the last."""
        import psycopg

        place = {"host": "127.0.0.1", "port": self.port, "dbname": database, "user": "chef", "password": PASSWORD}
        with psycopg.connect(**place, autocommit=True) as connection:  # type: ignore[arg-type]
            for statement in statements:
                cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def create(self, template: str = "template0", owner: str = "meier") -> str:
        """Return the name of a new database."""
        name = f"ikz_{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}")
        return name


def _memory() -> str | None:
    """Return a folder in memory if there is one with room: thousands of small files are made and thrown away."""
    place = "/dev/shm"
    return place if os.access(place, os.W_OK) and shutil.disk_usage(place).free > 4 * 2**30 else None


def _plain() -> dict[str, str]:
    return {"LC_ALL": "C", "PATH": os.environ["PATH"]}


def running(where: str | None = None) -> Iterator[Cluster]:
    """Yield a cluster with the logins chef (administrator), meier, schulz and gast; end and remove it after."""
    place, who = programs(), ordinary_user()
    folder = Path(tempfile.mkdtemp(prefix="ikz-pg-", dir=where or _memory()))
    if who:
        os.chown(folder, who["user"], who["group"])
    data, secret = folder / "data", folder / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    command = [place / "initdb", "-D", data, "-U", "chef", "-A", "scram-sha-256", "--pwfile", secret]
    made = subprocess.run(
        [*command, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        cwd=folder, env=_plain(), capture_output=True, text=True, check=False, **who,
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoServer(f"initdb: {made.stderr}")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder,
                "fsync": "off", "max_connections": 300, "shared_buffers": "32MB"}  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    cluster = Cluster(folder, port, [place / "postgres", "-D", data, *options], who)
    try:
        cluster.start()
        for login in ("meier", "schulz", "gast"):
            cluster.do(f"CREATE ROLE {login} LOGIN PASSWORD '{PASSWORD}'")
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(folder, ignore_errors=True)


def _await(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _turn in range(600):
        if server.poll() is not None:
            raise NoServer((cluster.folder / "log").read_text())
        try:
            cluster.do("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)  # the server is starting up
        else:
            return
    raise NoServer((cluster.folder / "log").read_text())
