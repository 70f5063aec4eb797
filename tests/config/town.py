"""A small, complete city for tests of the loader; a test overwrites one file of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from config.settings import Settings

FILES = {
    "city.yaml": """\
        code: "990001"
        name: {zh: 测试城, en: Testville}
        timezone: Asia/Shanghai
        note: {zh: 虚构, en: invented}
        grid:
          cell_m: 100
          community_cells: 10
          areas:
            west: [[116.40, 39.90], [116.41, 39.90], [116.41, 39.91], [116.40, 39.91]]
            east: [[116.41, 39.90], [116.42, 39.90], [116.42, 39.91], [116.41, 39.91]]
        """,
    "streets.yaml": """\
        source: invented
        streets:
          - code: "990001001"
            name: {zh: 甲街, en: First}
            valid_from: 2000-01-01
            area: west
            centre: [116.405, 39.905]
          - code: "990001002"
            name: {zh: 乙街, en: Second}
            valid_from: 2010-07-01
            area: east
            centre: [116.415, 39.905]
        """,
    "feeds/dust.yaml": """\
        kind: readings
        title: {zh: 扬尘, en: Dust}
        owner: {zh: 局, en: Bureau}
        source: invented
        expected_interval_s: 60
        pane_s: 900
        allowed_lateness_s: 600
        sensors: sites
        metrics:
          pm10:
            title: {zh: PM10, en: PM10}
            unit: µg/m³
            resolution: 0.1
            low: 0
            high: 10000
        """,
    "feeds/cases.yaml": """\
        kind: cases
        title: {zh: 案件, en: Cases}
        owner: {zh: 中心, en: Centre}
        source: invented
        expected_interval_s: 3600
        pane_s: 3600
        allowed_lateness_s: 600
        categories:
          rubbish: {title: {zh: 垃圾, en: Rubbish}}
        """,
    "sensors/sites.yaml": """\
        source: invented
        sensors:
          S1: {title: {zh: 甲, en: One}, lon: 116.405, lat: 39.905}
        """,
    "rules/dust.yaml": """\
        title: {zh: 扬尘, en: Dust}
        feed: dust
        metric: pm10
        detector: seasonal
        levels: {blue: 40, yellow: 60}
        minimum: 60
        cause: {zh: 因, en: cause}
        consequence: {zh: 果, en: consequence}
        suggestion: {zh: 策, en: suggestion}
        owner: {zh: 局, en: Bureau}
        response_minutes: 60
        """,
    "mappings/table.yaml": """\
        feed: dust
        source: invented
        time: {column: when}
        sensor: {fixed: S1}
        metrics:
          pm10: {column: value}
        """,
}


def write_town(config_dir: Path, **changed: str | None) -> Settings:
    """Write the city into a folder; `changed` overwrites files by name, None leaves one out."""
    for name, text in (FILES | {_path(key): text for key, text in changed.items()}).items():
        if text is not None:
            file = config_dir / "city" / "town" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
    return Settings(config_dir=config_dir, city="town")


def replaced(name: str, old: str, new: str) -> str:
    """Give one file of the city with a text replaced, which must be there."""
    text = dedent(FILES[name])
    assert old in text
    return text.replace(old, new)


def _path(key: str) -> str:
    return key.replace("__", "/") + ".yaml"
