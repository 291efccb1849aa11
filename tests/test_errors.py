"""An error tells the same in whichever process it is caught."""

from __future__ import annotations

import pickle

import pytest

from ikz_workflow import errors
from ikz_workflow.errors import IkzError, Problem

PROBLEM = Problem("kooperation.toml", 7, "Das Feld „x“ gibt es nicht.")
ERRORS = (
    IkzError("Das geht nicht."),
    errors.DefinitionError([PROBLEM]),
    errors.NotFound("Das Vorhaben", "IKZ-2026-0009", ("IKZ-2026-0008",), "Alle Vorhaben: ikz list"),
    errors.NotAllowed("Das geht jetzt nicht."),
    errors.TransitionNotAllowed("Das geht jetzt nicht."),
    errors.UnknownTransition("enakt", ("enact",), ("enact",)),
    errors.WrongStage("enact", "Idee", ("draft-guideline",)),
    errors.RequirementsUnmet("In Kraft setzen", ["council"]),
    errors.RoleRequired("Freigeben", ["Leitung"], "Eintragen lassen."),
    errors.Contradiction("Das steht schon anders da."),
    errors.WouldOverwrite("Von Hand bearbeitet.", ["+ Neu"]),
    errors.TableRefused("tabelle.xlsx", ["Zeile 2: fehlt"]),
    errors.InvalidInput("--on", "gestern", "Erwartet wird ein Datum."),
    errors.ConcurrentUpdate("IKZ-2026-0001", 3, 4, ["Stand 4: Notiz"]),
    errors.AlreadyRecorded("IKZ-2026-0001", 9, "2026-11-22T11:00:00.000000Z", "Notiz", is_other=True),
    errors.DocumentError("guideline.md.j2", [PROBLEM]),
    errors.HistoryBroken("Verlauf 3", "Der Eintrag ist verändert.", "a", "b"),
    errors.StorageError("Der Datenträger ist voll.", "Bitte Platz schaffen."),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_in_another_process(error: IkzError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_no_error_is_left_out() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, IkzError)}
    assert {type(error) for error in ERRORS} == kinds
