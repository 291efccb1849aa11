"""The register of existing co-operation on the command line."""

from __future__ import annotations

import json

from homes import BOERDE

from cli.conftest import Ikz, data


def test_the_register_of_existing_cooperation_reads_well(home: Ikz) -> None:
    told = home("cooperation", "list").stdout
    assert "Regionale Planungsgemeinschaft" in told
    assert "Landeshauptstadt Magdeburg" in told
    shown = home("cooperation", "show", "stadt-umland-verband").stdout
    assert "Stadt-Umland-Gesetz" in shown
    home("cooperation", "add", "it", "Gemeinsame IT", "--partner", "Landkreis Börde", "--voluntary", "--since", "2019")
    [it] = [one for one in data(home("cooperation", "list", "--format", "json")) if one["key"] == "it"]
    assert (it["prescribed"], it["since"], it["partners"]) == (False, "2019", [BOERDE]), json.dumps(it)
    home("topic", "assign", "payroll", "FB 01")
    [payroll] = [one for one in data(home("topic", "list", "--format", "json")) if one["key"] == "payroll"]
    assert payroll["department"] == "fb-01"
    home("verify")
