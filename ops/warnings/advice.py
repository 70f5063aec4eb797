"""What stands beside a suggestion: how often its rule was right, the last times, what is near."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

import msgspec

from config.catalog import Catalog
from config.errors import ServerUnavailable
from config.settings import Settings
from models.messages.audit import AuditEntry
from models.messages.street_summaries import WatchedCase
from models.messages.warnings import CityWarning, Verdict, WarningChange
from models.warnings.life.words import CAUSES, CHANGES
from models.warnings.places import stations
from models.warnings.suggestions import (
    Outcome,
    Precision,
    lies_in,
    linked,
    past_outcomes,
    precisions,
)
from ops.processes.checkpoints import connected
from ops.processes.figures import read_snapshot

_WORDS = {
    Verdict.ACCEPTED: CHANGES[WarningChange.ACCEPTED],
    Verdict.REJECTED: CHANGES[WarningChange.REJECTED],
    Verdict.NONE: {"zh": "无结论", "en": "no verdict"},
}


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside a suggestion.

    Attributes
    ----------
    precision : Precision or None
        Of the rule; None where nobody judged any of its warnings.
    past : list of Outcome
        What became of the last warnings of the rule at this place.
    linked : list of str
        Ids of other warnings that stand within its area.
    cases : list of WatchedCase or None
        The most pressing open cases there; None where Redis did not answer.
    sites : dict of str to Text
        Other places there that are measured, such as risk sources: `<feed>/<cell>` → name.
    """

    precision: Precision | None
    past: list[Outcome]
    linked: list[str]
    cases: list[WatchedCase] | None
    sites: dict[str, dict[str, str]]


def advice_of(
    settings: Settings,
    catalog: Catalog,
    warning: CityWarning,
    warnings: Mapping[str, CityWarning],
    entries: Sequence[AuditEntry],
) -> Advice:
    """Gather what is known; a Redis that is away costs the cases alone."""
    return Advice(
        precision=precisions(entries).get(warning.rule),
        past=past_outcomes(warning, entries),
        linked=[each.id for each in linked(warning, warnings)],
        cases=_cases(settings, warning.area),
        sites=dict(_sites(catalog, warning)),
    )


def advice_lines(advice: Advice, catalog: Catalog, zone: tzinfo, language: str) -> Iterator[str]:
    """Say it, one thing a line."""
    zh = language == "zh"
    one = advice.precision
    if one is None:
        yield "建议准确率：尚无结论" if zh else "precision of the rule: nobody judged it yet"
    else:
        share = f"{one.right}/{one.n} = {one.share:.0%} ({one.low:.0%}-{one.high:.0%})"
        yield f"建议准确率：{share}" if zh else f"precision of the rule: {share}"
    for each in advice.past:
        at = datetime.fromtimestamp(each.at_ms / 1000, zone)
        cause = f" · {CAUSES[each.cause][language]}" if each.cause else ""
        head = "以往" if zh else "before"
        yield f"{head}: {at:%Y-%m-%d %H:%M} · {_WORDS[each.verdict][language]}{cause} · {each.text}"
    for name in advice.linked:
        yield f"{'关联预警' if zh else 'linked warning'}: {name}"
    for case in advice.cases or ():
        yield f"{'关联案件' if zh else 'open case'}: {case.case} · {case.category} · {case.cell}"
    if advice.cases is None:
        yield "关联案件：Redis未应答" if zh else "open cases: Redis did not answer"
    for name, title in advice.sites.items():
        yield f"{'监测点' if zh else 'site'}: {title[language]} ({name})"


def _cases(settings: Settings, area: str) -> list[WatchedCase] | None:
    try:
        with connected(settings) as client:
            snapshot = read_snapshot(client)
    except ServerUnavailable:
        return None
    watched = snapshot.watched if snapshot else []
    return [case for case in watched if lies_in(case.cell, area)]


def _sites(catalog: Catalog, warning: CityWarning) -> Iterator[tuple[str, dict[str, str]]]:
    """Name the sensors of other feeds within the area of a warning."""
    for feed in catalog.feeds.values():
        for cell, title in stations(catalog, feed).items() if feed.name != warning.feed else ():
            if lies_in(cell, warning.area):
                yield f"{feed.name}/{cell}", title
