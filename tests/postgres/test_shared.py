"""Many documents on a server, shared by processes that each have a connection of their own."""

from __future__ import annotations

import os
import signal
from multiprocessing import active_children
from pathlib import Path

import pytest
from homes import proposal_of, started

from ikz_workflow.services import audit, batches, documents
from ikz_workflow.services.home import Home

from .cluster import Cluster


def connections(cluster: Cluster, home: Home) -> set[int]:
    name = str(home.place).rpartition("/")[2]
    return {pid for (pid,) in cluster.do(f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}'")}


@pytest.mark.parametrize("victims", [0, 1, 3])
def test_many_documents_are_shared_and_none_is_lost_or_made_twice(
    home: Home, cluster: Cluster, tmp_path: Path, victims: int
) -> None:
    keys = [started(home, f"Vorhaben {number}") for number in range(30)]
    run = batches.create_each(home, "guideline", keys, tmp_path, on="22.11.2026", note="Serie", processes=3)
    made = [next(run) for _number in range(6)]
    assert len(connections(cluster, home)) == len(active_children()) == 3
    for helper in active_children()[:victims]:
        os.kill(int(helper.pid or 0), signal.SIGKILL)
    made += run
    assert sorted(one.key for one in made) == keys
    assert [one.error for one in made] == [None] * len(keys)
    for key in keys:
        (version,) = proposal_of(home, key).documents
        assert version.on == "2026-11-22"
        file = documents.read(home, key, "guideline")
        assert (tmp_path / file.file_name).read_bytes() == file.content
    audit.verify(home)
