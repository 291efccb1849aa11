"""Topics have an origin and a department; co-operation that exists already stands in a register."""

from __future__ import annotations

import pytest
from homes import BOERDE, OWN, head_of, tamper

from ikz_workflow.errors import HistoryBroken, InvalidInput, NotFound, RoleRequired
from ikz_workflow.history import seal
from ikz_workflow.proposal import Cooperation, Topic
from ikz_workflow.services import audit, proposals, registers, timeline
from ikz_workflow.services.home import Home


def topics(home: Home) -> dict[str, Topic]:
    return {one.key: one.value for one in registers.entries(home, "topic") if isinstance(one.value, Topic)}


def test_the_catalogue_holds_every_topic_the_report_names(home: Home) -> None:
    known = topics(home).values()
    assert sum("DS 0508/03 (2003)" in topic.origins for topic in known) == 7
    assert sum("Workshop Dezernat I" in topic.origins for topic in known) == 19
    origins = " ".join(origin for topic in known for origin in topic.origins)
    assert "FB 23" in origins
    assert "Dezernat VI, Anlage 2" in origins


def test_a_topic_is_assigned_to_a_department_which_then_leads_its_proposals(home: Home) -> None:
    with pytest.raises(InvalidInput, match="ikz topic assign training OE"):
        proposals.new(home, "Fortbildung gemeinsam", topic="training")
    registers.assign_topic(home, "training", "FB 01")
    assert topics(home)["training"].department == "fb-01"
    assert topics(home)["training"].label == "Fortbildung"
    assert proposals.new(home, "Fortbildung gemeinsam", topic="training").department == "fb-01"
    assert proposals.new(home, "Anders", "FB 02", topic="training").department == "fb-02"
    with pytest.raises(InvalidInput, match="schon zugeordnet"):
        registers.assign_topic(home, "training", "fb-01")
    with pytest.raises(RoleRequired):
        registers.assign_topic(home.acting_as("schulz"), "training", "FB 02")
    assert "Thema zugeordnet: FB 01." in [entry.sentence for entry in timeline.history(home)]
    audit.verify(home)


def test_a_proposal_without_topic_needs_a_department(home: Home) -> None:
    with pytest.raises(InvalidInput, match="ikz department list"):
        proposals.new(home, "Ohne alles")


def test_existing_cooperation_is_registered_with_the_law_that_prescribes_it(home: Home) -> None:
    values = {"label": "Rettungsdienstbereich", "prescribed": True}
    with pytest.raises(InvalidInput, match="--basis"):
        registers.add_cooperation(home, "rettungsdienst", values)
    with pytest.raises(NotFound, match="Landkreis Börde"):
        registers.add_cooperation(home, "rettungsdienst", values, partners=["Landkreis Bördde"])
    values["basis"] = "RettDG LSA"
    entry = registers.add_cooperation(
        home, "rettungsdienst", values, partners=["Landkreis Börde", OWN], department="Amt 30", since="07.2007"
    )
    expected = Cooperation(
        "Rettungsdienstbereich",
        (BOERDE, OWN),
        since="2007-07",
        prescribed=True,
        basis="RettDG LSA",
        department="amt-30",
    )
    assert entry.value == expected
    with pytest.raises(InvalidInput, match="schon so"):
        registers.add_cooperation(home, "rettungsdienst", {"label": "Rettungsdienstbereich"})
    assert len(registers.cooperations(home)) == 5
    audit.verify(home)


def test_an_entry_that_names_an_unknown_organisation_is_found_by_replay(home: Home) -> None:
    registers.add_cooperation(home, "probe", {"label": "Probe"}, partners=[BOERDE])
    seq, _hash = head_of(home)
    with home.ready.reading(home.now()) as tx:
        row = next(one for one in tx.rows() if one.seq == seq)
        payload = row.payload.replace(BOERDE, "landkreis-boerdf")
        sealed = seal(row.prev_hash, payload)
    tamper(
        home,
        ("UPDATE event SET payload = ?, hash = ? WHERE seq = ?", (payload, sealed, seq)),
        ("UPDATE chain_head SET hash = ?", (sealed,)),
    )
    with pytest.raises(HistoryBroken, match="in keinem Verzeichnis"):
        audit.verify(home)
