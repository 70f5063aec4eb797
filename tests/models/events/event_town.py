"""A small city with events, for tests; a test writes its own event file."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from config.catalog import Catalog
from config.loader import load
from tests.config.town import write_town

EVENT = dedent(
    """\
    title: {zh: 庙会, en: Temple fair}
    tag: 庙会
    source: invented
    kinds: {gate: {zh: 门, en: Gate}, road: {zh: 路, en: Road}}
    levels:
      high: {title: {zh: 一级, en: Level I}, rank: 1, answers: chief}
      low: {title: {zh: 二级, en: Level II}, rank: 2, answers: chief}
    roles:
      chief: {title: {zh: 指挥, en: Chief}, held_by: commander}
    phases:
      - {kind: rehearsal, begins: 2024-03-01, ends: 2024-03-02}
      - {kind: live, begins: 2024-03-03, ends: 2024-03-06}
      - {kind: stand-down, begins: 2024-03-06, ends: 2024-03-07}
    limits:
      - {step: close, minutes: 600}
      - {step: close, minutes: 120, level: high}
    duties:
      - {id: daily, role: chief, title: {zh: 日报, en: Daily}, at: ["20:00", "08:00"]}
    attention: {overdue: 1}
    objects:
      - id: gate
        kind: gate
        level: high
        title: {zh: 东门, en: East gate}
        places:
          - {point: [116.405, 39.905], buffer_m: 100}
          - {since: 2024-03-05, point: [116.415, 39.905], buffer_m: 100}
      - id: road
        kind: road
        level: low
        title: {zh: 路, en: Road}
        places:
          - {line: [[116.402, 39.905], [116.408, 39.905]], buffer_m: 50}
    """
)
GATE = (116.405, 39.905)  # also on the road
ROAD = (116.4075, 39.905)
LATER_GATE = (116.415, 39.905)
ELSEWHERE = (116.405, 39.908)


def town_with(folder: Path, **events: str) -> Catalog:
    """Load the city with events by name; a dash is written as two underscores."""
    files = {f"events__{name}": text for name, text in events.items()}
    return load(write_town(folder, **files))


def changed(old: str, new: str) -> str:
    """Give the event with a text replaced, which must be there."""
    assert old in EVENT
    return EVENT.replace(old, new)
