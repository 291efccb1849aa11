"""A server whose disk is full says so; nothing is half recorded, and it goes on when there is room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import Clock, rows_of, started

from ikz_workflow.services import audit, proposals, records, registers
from ikz_workflow.services.home import Home

from .cluster import Cluster, NoServer, running
from .test_server import told


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Cluster]:
    """Return a server of its own on a file system of 120 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=120m,mode=755", "tmpfs", str(place)]
    if os.name != "posix" or os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("ein kleines Dateisystem legt nur root an")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # the server runs as somebody else
    try:
        server = running(str(place))
        try:
            yield next(server)
        except NoServer as missing:
            pytest.skip(str(missing))
        server.close()
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_of_the_server_is_told_and_nothing_is_half_recorded(small: Cluster, tmp_path: Path) -> None:
    home = Home(tmp_path, small.url(small.create()), None, Clock())
    registers.init(home, name="K. Meier")
    key = started(home)
    before = rows_of(home)
    (tmp_path / "anlage.bin").write_bytes(os.urandom(6_000_000))
    rest = os.statvfs(small.folder)
    filler = small.folder / "filler"
    filler.write_bytes(bytes(rest.f_bavail * rest.f_frsize - 2_000_000))
    assert "Der Datenträger des Servers ist voll; nichts wurde geschrieben" in told(
        lambda: records.attach(home, key, tmp_path / "anlage.bin")
    )
    assert rows_of(home) == before
    filler.unlink()
    records.attach(home, key, tmp_path / "anlage.bin")
    assert proposals.add_note(home, key, "Es geht weiter").version == 3
    audit.verify(home)
    home.database.close()
