"""A workflow is drawn without any other program, so that it can be laid to a council paper."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from homes import WORKFLOWS, definition_of, workflow_text
from hypothesis import given
from hypothesis import strategies as st
from test_definition import PROBE

from ikz_workflow.definition import Definition
from ikz_workflow.exchange.layout import SMALL, WIDTH, placed
from ikz_workflow.exchange.lettering import broken, width
from ikz_workflow.exchange.picture import svg

NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.toml"))
SPACE = "{http://www.w3.org/2000/svg}"
SIZES = {"title": 15.0, "under": 11.0, "name": 12.5, "label": 11.0, "when": 9.5}
Area = tuple[float, float, float, float]


def branching(count: int) -> Definition:
    """Return a definition with ways that skip stages, lead back, lead to themselves."""
    more = "".join(
        f'[stage.middle.transition.way-{n}]\nlabel = "Ein Weg mit der ausführlichen Bezeichnung Nummer {n}"\n'
        f'to = "{("start", "middle", "end-b", "end-c")[n % 4]}"\nrole = "clerk"\nrequires = [{{ gate = "sign" }}]\n'
        for n in range(count)
    )
    ends = "".join(f'[stage.end-{n}]\nlabel = "Ende {n}"\nfinal = true\n' for n in "bc")
    text = PROBE.replace(
        "[anywhere.suspend]",
        f'{more}{ends}[stage.start.transition.jump]\nlabel = "Überspringen"\n'
        'to = "end-c"\nrole = "clerk"\n[anywhere.suspend]',
    )
    return definition_of(text)


def drawings() -> list[Definition]:
    return [*(definition_of(workflow_text(name)) for name in NAMES), definition_of(PROBE), branching(9)]


def texts(root: ET.Element) -> list[tuple[str, Area]]:
    """Return every text with the area it takes, in the units of the drawing."""
    found = []
    for group in (root, root.find(f"{SPACE}g")):
        assert group is not None
        shift = float(re.findall(r"[\d.]+", group.get("transform", "0 0"))[-1])
        for text in group.findall(f"{SPACE}text"):
            kind = str(text.get("class"))
            size, said = SIZES[kind], text.text or ""
            long = width(said, size, bold=kind in ("title", "name"))
            x, y = float(text.get("x", "0")), float(text.get("y", "0")) + shift
            left = x - (long if text.get("text-anchor") == "end" else long / 2 if kind == "name" else 0)
            found.append((said, (left, y - size * 0.75, left + long, y + size * 0.2)))
    return found


@pytest.mark.parametrize("definition", drawings(), ids=lambda one: one.name)
def test_no_two_texts_overlap_and_none_leaves_the_page(definition: Definition) -> None:
    found = texts(ET.fromstring(svg(definition, "Richtung: intrakommunal. " + "Eine von vielen Rechtsformen, " * 9)))
    for (one, (a, b, c, d)), (other, (e, f, g, h)) in itertools.combinations(found, 2):
        assert c <= e or g <= a or d <= f or h <= b, (one, other)
    assert all(left >= 0 and right <= WIDTH for _said, (left, _top, right, _bottom) in found)


@pytest.mark.parametrize("definition", drawings(), ids=lambda one: one.name)
def test_stages_stand_below_each_other_and_every_way_is_drawn(definition: Definition) -> None:
    layout = placed(definition)
    for above, below in itertools.pairwise(layout.boxes):
        assert above.y + above.height < below.y
    labels = " ".join(text.text for way in layout.ways for text in way.label).replace("- ", "")
    for stage in definition.stages.values():
        for transition in stage.transitions.values():
            assert transition.label.split()[0] in labels
            for need in transition.requires:
                if need.kind == "gate":
                    assert definition.gates[need.names[0]].label.split()[0] in labels


def test_no_two_ways_at_a_side_share_a_lane_where_they_run() -> None:
    layout = placed(branching(9))
    for one, other in itertools.combinations([way for way in layout.ways if way.side != "main"], 2):
        if (one.side, one.lane) == (other.side, other.lane):
            first, second = sorted([sorted([one.start, one.end]), sorted([other.start, other.end])])
            assert first[1] < second[0]


def test_the_picture_is_the_same_each_time_and_fits_an_a4_page() -> None:
    for definition in drawings():
        text = svg(definition)
        assert text == svg(definition)
        wide, high = re.findall(r'(?:width|height)="([\d.]+)mm"', text)
        assert float(wide) <= 170
        assert float(high) <= 250


def test_the_picture_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    root = ET.fromstring(svg(definition_of(workflow_text())))
    [title], [told] = root.findall(f"{SPACE}title"), root.findall(f"{SPACE}desc")
    assert "Zusammenarbeit" in ET.tostring(title, "unicode")
    assert "Partner angesprochen → Vereinbarung abgestimmt" in ET.tostring(told, "unicode")


def test_marks_of_xml_in_labels_stay_text() -> None:
    definition = definition_of(PROBE.replace('label = "Mitte"', 'label = "<b>&Mitte"'))
    assert "<b>&Mitte" in [said for said, _area in texts(ET.fromstring(svg(definition)))]


@given(st.text(st.characters(categories=["L", "Zs"]), max_size=60), st.floats(40, 300))
def test_broken_lines_fit_and_lose_nothing(text: str, room: float) -> None:
    lines = broken(text, SMALL, room)
    assert all(width(line, SMALL) <= room or len(line) <= 4 for line in lines)
    assert "".join("".join(lines).replace("-", "").split()) == "".join(text.split())
