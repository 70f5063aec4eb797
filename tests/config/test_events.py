"""What an event's file may not say, and the sentence that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.loader import load
from config.settings import Settings
from tests.models.events.event_town import EVENT, changed, town_with


def test_the_olympic_layer_has_the_objects_of_the_report() -> None:
    event = load(Settings()).events["olympics-2008"]
    kinds = [each.kind for each in event.objects]
    counts = {kind: kinds.count(kind) for kind in event.kinds}
    assert counts == {"venue": 2, "route": 1, "hotel": 24, "hospital": 4, "key-street": 10}
    assert len(kinds) == 41
    assert event.tag == "奥运"


def test_a_city_has_its_events_by_the_names_of_their_files(tmp_path: Path) -> None:
    events = town_with(tmp_path, fair=EVENT).events
    assert list(events) == ["fair"]
    assert str(events["fair"].begins) == "2024-03-01 00:00:00"


RING = "{point: [116.405, 39.905], buffer_m: 100}\n"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            RING,
            "{ring: [[116.401, 39.901], [116.409, 39.909], [116.409, 39.9], [116.401, 39.909]]}\n",
            r"fair.yaml:\d+: objects.0.places.0.ring: expected a ring that does not cross itself",
        ),
        (
            "live, begins: 2024-03-03, ends: 2024-03-06",
            "live, begins: 2024-03-03, ends: 2024-03-03",
            r"phases.1.ends: expected an end after 2024-03-03 00:00:00, found 2024-03-03",
        ),
        (
            "begins: 2024-03-03",
            "begins: 2024-03-01T23:59:00",
            r"phases.1.begins: expected nothing before 2024-03-02 00:00:00",
        ),
        ("- id: road", "- id: gate", r"objects.1.id: 'gate' is the object of line \d+ already"),
        (
            "{point: [116.405, 39.905], buffer_m: 100}",
            "{point: [117.405, 39.905], buffer_m: 100}",
            r"\[117.405, 39.905\] of 'gate' lies in no cell of Testville on 2024-03-01",
        ),
        ("role: chief", "role: cook", r"duties.0.role: expected one of chief, found 'cook'"),
        ("rank: 1, answers: chief", "rank: 1, answers: x", r"levels.high.answers: expected one of"),
        ("kind: road", "kind: river", r"objects.1.kind: expected one of gate, road"),
        ("level: low\n", "level: lowest\n", r"objects.1.level: expected one of high, low"),
        ("close, minutes: 600", "close, minutes: 600, category: X", r"limits.0.category: expected"),
        ("tag: 庙会", "tag: 庙会\nrules: [none]", r"rules.0: expected one of dust, found 'none'"),
        (
            "since: 2024-03-05, point",
            "since: 2024-02-28, point",
            r"places.1.since: expected a time after 2024-03-01",
        ),
        (
            "since: 2024-03-05, point",
            "since: 2024-03-07, point",
            r"places.1.since: expected a time before the end 2024-03-07",
        ),
        (", buffer_m: 50", "", "a point or a line needs a buffer_m"),
        ("{line: [[", "{point: [116.4, 39.9], line: [[", "expected one of point, line and ring"),
        ('"08:00"', '"8 Uhr"', "expected times such as 09:30, found '8 Uhr'"),
        ("buffer_m: 50", "buffer_m: -1", "greater than or equal to 0"),
        ("tag: 庙会", 'tag: ""', "tag: String should have at least 1 character"),
    ],
)
def test_an_event_that_cannot_be_is_refused_in_a_sentence(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        town_with(tmp_path, fair=changed(old, new))
