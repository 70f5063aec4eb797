"""The banner: which stage the city is in, why, and by which clock it is judged."""

from __future__ import annotations

from datetime import tzinfo

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.stage_words import joined, reason_words, stage_word
from dashboards.common.wording import UNKNOWN, both, local, say
from dashboards.panels import levels
from models.situation.snapshot import Snapshot
from models.situation.stage import Reason, Stage


def reasons(snapshot: Snapshot, city_index: CityIndex) -> list[Text]:
    """Why the city is in its stage, the gravest reason first."""
    every = [
        _warnings(snapshot, city_index)
        if reason.code == "warnings"
        else reason_words(reason, snapshot)
        for reason in snapshot.stage.reasons
    ]
    return every or [message("stage.reason.normal")]


def stage(snapshot: Snapshot | None, city_index: CityIndex) -> Component:
    """Stage word with its mark and reasons."""
    if snapshot is None:
        return _stage("unknown", [say("stage.unknown")], [message("stage.reason.unknown")])
    city = snapshot.stage
    mark = [levels.mark(city.stage.level)] if city.stage.level else []
    words = [*mark, both(stage_word(city.stage)), *_badges(city.stage, city.reasons)]
    return _stage(city.stage.slug, words, reasons(snapshot, city_index))


def chip(snapshot: Snapshot) -> Component:
    """Stage in little room: its mark and its word."""
    stage = snapshot.stage.stage
    mark = [levels.mark(stage.level)] if stage.level else []
    words = [*mark, both(stage_word(stage))]
    return html.Span(words, className=f"stage-chip stage-{stage.slug}")


def now(snapshot: Snapshot, zone: tzinfo) -> tuple[str, str]:
    """Date and time of day by the clock of the mode; dashes before a replay's first record."""
    if not snapshot.clock_ms:
        return UNKNOWN, UNKNOWN
    moment = local(snapshot.clock_ms, zone)
    return f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}"


def mode(snapshot: Snapshot) -> Component:
    """Say whose time the banner shows: the present, a replay, or the end of one."""
    if snapshot.mode == "live":
        return say("now.live")
    has_ended = any(reason.code == "replay-ended" for reason in snapshot.stage.reasons)
    badge = say("now.ended") if has_ended else say("now.replay")
    return html.Span(badge, className="replay-badge")


def _badges(stage: Stage, every: list[Reason]) -> list[Component]:
    """Name what stands behind a warning: a city that is blind as well, or catches up."""
    behind = {reason.stage for reason in every if Stage.OVERDUE < reason.stage < Stage.BLUE}
    if stage < Stage.BLUE or not behind:
        return []
    worst = max(behind)
    return [html.Span(both(stage_word(worst)), className="stage-badge")]


def _warnings(snapshot: Snapshot, city_index: CityIndex) -> Text:
    """Count the open warnings by level, and name the worst."""
    counts = levels.counted(snapshot.open_by_level)
    parts = [message("stage.count", level=levels.name(lv), n=str(n)) for lv, n in counts.items()]
    if not snapshot.warnings:
        return joined(parts)
    worst = snapshot.warnings[0]
    area = city_index.area(worst.area, snapshot.clock_ms)
    where = message("stage.worst", area=area, rule=city_index.rule(worst.rule))
    return message("stage.reason.warnings", counts=joined(parts), worst=where)


def _stage(slug: str, words: list[Component], why: list[Text]) -> Component:
    """One reason may take two lines; of several, the gravest has the first line for itself."""
    lines = [why[0], joined(why[1:])] if len(why) > 1 else why
    shape = "stage-reason fit several" if len(why) > 1 else "stage-reason fit"
    return html.Div(
        [
            html.Div(words, className="stage-word"),
            html.Div([html.Div(both(text)) for text in lines], className=shape),
        ],
        className=f"stage stage-{slug}",
    )
