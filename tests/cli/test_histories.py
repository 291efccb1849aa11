"""Three real histories from public sources, told with nothing but what the sources say, and proven.

With the three histories of the demo they show: approval before the vote (Stendal) and after it (Sülzetal), an informal
word of the authority that changes a text before the vote (Aschersleben 2018), a party that joins late (Jerichower
Land, Arnstein), a text that changes between two votes (Aschersleben 2013 and 2016), dates that are whole, partial or
unknown. All pages were read on 22.11.2026.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from homes import WORKFLOWS

from cli.conftest import Typed

# Landesverwaltungsamt, 27.07.2022, printed in Magdeburger News: the resolutions of both councils came in on
# 15.07.2022, the approval is given; neither the days of the votes nor that of the approval are told.
NEWS = "https://www.magdeburger-news.de/?this=frame&tag=Landesverwaltungsamt&cut=1&c=20220725073956"
# Draft of the agreement put to Magdeburg's council in 2021: names the contract of 28.04.2021 it rests on.
DRAFT = "https://magdeburg.meine-stadt-transparent.de/file/42483/"
# Paper for the council of Wanzleben-Börde (undated): the agreement of the three was changed after advice of the
# authority; one of its annexes is a comparison of 28.11.2022.
PAPER = "https://ratsinfo.kitu-genossenschaft.de/wzl_bi/vo0050.asp?__kvonr=1754"
# Magdeburg on the joint event of 09.01.2023 for the councils of all.
EVENT = "https://www.magdeburg.de/index.php?ModID=255&FID=37.51620.1&object=tx%2C698.6.1"
SUELZETAL = f"""
ikz organisation add gemeinde-suelzetal "Gemeinde Sülzetal" --kind Gemeinde --state Sachsen-Anhalt --council Gemeinderat
ikz organisation add stadt-wanzleben-boerde "Stadt Wanzleben-Börde" --kind Gemeinde --state Sachsen-Anhalt --council Stadtrat
ikz new "Bebauungsplanung für den High-Tech-Park „Eulenberg“" --department I/01 --workflow nacherfassung --on unknown --set summary="Magdeburg bereitet die Bebauungsplanung für beide allein vor." --set source="{NEWS} und {DRAFT}, gelesen am 22.11.2026" --set direction=interkommunal
ikz note KEY1 "Vertrag über die regionale Zusammenarbeit zwischen der Landeshauptstadt und der Gemeinde." --on 28.04.2021
ikz advance KEY1 record-guideline --on unknown
ikz party add KEY1 gemeinde-suelzetal --standing joined --on unknown
ikz advance KEY1 record-contact --on unknown
ikz advance KEY1 record-agreement --on unknown
ikz advance KEY1 record-submission --on unknown
ikz decide KEY1 council landeshauptstadt-magdeburg adopted --on unknown
ikz decide KEY1 council gemeinde-suelzetal adopted --on unknown
ikz note KEY1 "Die Beschlüsse sind bei der Kommunalaufsicht eingegangen." --on 15.07.2022
ikz decide KEY1 supervision authority approved --on 2022-07 --note "Gemeldet am 27.07.2022; der Tag des Bescheids ist nicht genannt."
ikz new "Gemeinsame Entwicklung des High-Tech-Parks" --department I/01 --workflow nacherfassung --after KEY1 --on unknown --set summary="Magdeburg, Sülzetal und Wanzleben-Börde wollen eine Zweckvereinbarung schließen." --set source="{PAPER} und {EVENT}, gelesen am 22.11.2026" --set direction=interkommunal
ikz advance KEY2 record-guideline --on unknown
ikz party add KEY2 gemeinde-suelzetal --standing joined --on unknown
ikz party add KEY2 stadt-wanzleben-boerde --standing joined --on unknown
ikz advance KEY2 record-contact --on unknown
ikz advance KEY2 record-agreement --on unknown
ikz note KEY2 "Nach Beratung mit der Kommunalaufsicht wurde die Zweckvereinbarung angepasst (Vergleichsfassung)." --on 28.11.2022
ikz contact KEY2 stadt-wanzleben-boerde "Gemeinsame Veranstaltung für die Mitglieder der Vertretungen." --on 09.01.2023
"""  # noqa: E501  a command stands in one line

# Paper for the council of Aschersleben: its vote of 08.05.2013, in force on 01.06.2013, talks with Arnstein since
# June 2015. It does not say when the two other councils voted.
VOTE = "https://sessionnet.aschersleben.de/buergerinfo/vo0050.asp?__kvonr=3238"
# Press report of 02.06.2016: the text was revised, all four councils agreed to it in May, it was signed that day.
SIGNED = "https://www.bbglive.de/2016/06/02/vier-städte-bündeln-ihre-stärken-für-eine-erfolgreiche-zukunft/"
# The city's own page: Arnstein joined on 01.06.2016.
CITY = "https://www.aschersleben.de/Unsere-Stadt/Stadtgeschichte/Städtebündnis/"
# Minutes of Aschersleben's council (undated): the idea of 2017, the talk at the ministry on 14.11.2018, the draft
# changed after it, the vote.
MINUTES = "https://sessionnet.aschersleben.de/buergerinfo/to0050.asp?__ktonr=44180"
ASCHERSLEBEN = f"""
ikz organisation add stadt-seeland "Stadt Seeland" --kind Gemeinde --council Stadtrat
ikz organisation add stadt-falkenstein "Stadt Falkenstein/Harz" --kind Gemeinde --council Stadtrat
ikz organisation add stadt-arnstein "Stadt Arnstein" --kind Gemeinde --council Stadtrat
ikz new "Kooperationsvereinbarung der Städte" --department I/01 --workflow nacherfassung --on unknown --set summary="Zusammenarbeit in zehn Bereichen." --set source="{VOTE}, {SIGNED} und {CITY}, gelesen am 22.11.2026" --set direction=interkommunal
ikz advance KEY1 record-guideline --on unknown
ikz party add KEY1 stadt-seeland --standing joined --on unknown
ikz party add KEY1 stadt-falkenstein --standing joined --on unknown
ikz advance KEY1 record-contact --on unknown
ikz advance KEY1 record-agreement --on unknown
ikz advance KEY1 record-submission --on unknown
ikz decide KEY1 council stadt-aschersleben adopted --on 08.05.2013
ikz advance KEY1 record-enactment-by-source --on 01.06.2013 --note "Die Beschlüsse der anderen Städte nennt die Quelle nicht."
ikz party add KEY1 stadt-arnstein --standing interested --on 2015-06
ikz contact KEY1 stadt-arnstein "Gespräche über die Aufnahme." --on 2015-06
ikz party set KEY1 stadt-arnstein --standing joined --on 01.06.2016
ikz decide KEY1 change stadt-aschersleben adopted --on 2016-05
ikz decide KEY1 change stadt-falkenstein adopted --on 2016-05
ikz decide KEY1 change stadt-seeland adopted --on 2016-05
refused ikz advance KEY1 record-change --on 02.06.2016 --note "Zu früh: Arnstein fehlt noch."
ikz decide KEY1 change stadt-arnstein adopted --on 2016-05
ikz advance KEY1 record-change --on 02.06.2016 --note "Überarbeiteter Text, von allen vier Städten unterzeichnet; Aschersleben nennt den 1. Juni."
ikz new "Von der Kooperations- zur Zweckvereinbarung" --department I/01 --workflow nacherfassung --after KEY1 --on 2017 --set summary="Zusammenarbeit auch bei Pflichtaufgaben." --set source="{MINUTES}, gelesen am 22.11.2026" --set direction=interkommunal
ikz advance KEY2 record-guideline --on unknown
ikz party add KEY2 stadt-seeland --standing joined --on unknown
ikz party add KEY2 stadt-falkenstein --standing joined --on unknown
ikz party add KEY2 stadt-arnstein --standing joined --on unknown
ikz advance KEY2 record-contact --on unknown
ikz note KEY2 "Erörterung im Ministerium: Der Entwurf ist so nicht umzusetzen; die Hinweise wurden eingearbeitet." --on 14.11.2018
ikz advance KEY2 record-agreement --on unknown --note "Neuer Entwurf, in Abstimmung mit dem Ministerium erstellt."
ikz advance KEY2 record-submission --on unknown
ikz decide KEY2 council stadt-aschersleben adopted --on unknown
"""  # noqa: E501

# A city of its own tells who "we" are in its register before the home is set up.
US = """
[organisation.stadt-aschersleben]
name = "Stadt Aschersleben"
kind = "municipality"
council = "Stadtrat"
own = true
successors = []
"""


@pytest.fixture
def told(typed: Typed, tmp_path: Path) -> Any:
    """Tell a history line by line in a new home; return what asks that home, with the keys of its proposals."""
    home = tmp_path / "home"

    def ask(line: str) -> Any:
        code, said = typed(home, f"{line} --format json")
        assert code == 0, said
        return json.loads(said)

    def tell(story: str, own: str = "") -> tuple[Any, list[str]]:
        if own:
            register = home / "workflows" / "registers" / "organisations.toml"
            register.parent.mkdir(parents=True)
            shipped = (WORKFLOWS / "registers" / register.name).read_text(encoding="utf-8")
            register.write_text(shipped.replace("own = true", "own = false") + own, encoding="utf-8")
        assert typed(home, "ikz init")[0] == 0
        keys: list[str] = []
        for line in story.strip().splitlines():
            for number, key in enumerate(keys, start=1):
                line = line.replace(f"KEY{number}", key)
            code, said = typed(home, line.removeprefix("refused "))
            assert code == (4 if line.startswith("refused ") else 0), f"{line}\n{said}"
            if line.startswith("ikz new "):
                keys.append(said.partition(":")[0])
        proven, said = typed(home, "ikz verify")
        assert proven == 0, said
        return ask, keys

    return tell


def answers(ask: Any, key: str, gate: str) -> dict[str, tuple[str, str | None]]:
    """Return how each body stands at a gate, and when it decided."""
    return {row["body"]: (row["state"], row["on"]) for row in ask(f"ikz gates {key}") if row["gate"] == gate}


def test_at_suelzetal_the_approval_came_after_the_votes_whose_days_nobody_tells(told: Any) -> None:
    ask, (first, second) = told(SUELZETAL)
    assert answers(ask, first, "council") == {
        "landeshauptstadt-magdeburg": ("yes", None),
        "gemeinde-suelzetal": ("yes", None),
    }
    assert answers(ask, first, "supervision") == {"authority": ("yes", "2022-07")}
    told_on = [entry["on"] for entry in ask(f"ikz history {first}") if entry["on"]]
    assert told_on == ["2021-04-28", "2022-07-15", "2022-07"]
    assert ask(f"ikz show {first}")["stage"] == "council-vote"  # nobody tells whether it came into force
    assert ask(f"ikz show {second}")["stage"] == "agreement"  # nor how the three councils voted
    assert {state for state, _on in answers(ask, second, "council").values()} == {"open"}
    assert [one["key"] for one in ask("ikz list --happened 2022-11..2023-01")] == [second]


def test_at_aschersleben_a_fourth_city_joins_and_all_vote_anew_on_the_changed_text(told: Any) -> None:
    ask, (first, second) = told(ASCHERSLEBEN, US)
    assert answers(ask, first, "council")["stadt-aschersleben"] == ("yes", "2013-05-08")
    assert answers(ask, first, "council")["stadt-seeland"] == ("open", None)
    votes = [entry for entry in ask(f"ikz history {first}") if entry["on"] == "2016-05"]
    assert len(votes) == 4
    shown = ask(f"ikz show {first}")
    assert (shown["stage"], shown["since"]) == ("in-force", "2013-06-01")
    assert ask(f"ikz history {first}")[-1]["on"] == "2016-06-02"
    assert answers(ask, second, "council") == {
        "stadt-aschersleben": ("yes", None),
        "stadt-arnstein": ("open", None),
        "stadt-falkenstein": ("open", None),
        "stadt-seeland": ("open", None),
    }
    assert [entry["on"] for entry in ask(f"ikz history {second}") if entry["on"]] == ["2017", "2017", "2018-11-14"]
