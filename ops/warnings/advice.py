"""What stands beside a suggestion, read and said in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from config.catalog import Catalog
from config.errors import ServerUnavailable
from config.settings import Settings
from models.messages.audit import AuditEntry
from models.messages.street_summaries import WatchedCase
from models.messages.warnings import CityWarning
from models.warnings.advice import Advice, advise
from models.warnings.life.words import CAUSES, VERDICTS
from ops.processes.checkpoints import connected
from ops.processes.figures import read_snapshot


def advice_of(
    settings: Settings,
    catalog: Catalog,
    warning: CityWarning,
    warnings: Mapping[str, CityWarning],
    entries: Sequence[AuditEntry],
) -> Advice:
    """Gather what is known; a Redis that is away costs the cases alone."""
    return advise(catalog, warning, warnings, entries, _watched(settings))


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
        head, verdict = "以往" if zh else "before", VERDICTS[each.verdict][language]
        yield f"{head}: {at:%Y-%m-%d %H:%M} · {verdict}{cause} · {each.text}"
    for name in advice.linked:
        yield f"{'关联预警' if zh else 'linked warning'}: {name}"
    for case in advice.cases or ():
        yield f"{'关联案件' if zh else 'open case'}: {case.case} · {case.category} · {case.cell}"
    if advice.cases is None:
        yield "关联案件：Redis未应答" if zh else "open cases: Redis did not answer"
    for name, title in advice.sites.items():
        yield f"{'监测点' if zh else 'site'}: {title[language]} ({name})"


def _watched(settings: Settings) -> list[WatchedCase] | None:
    """Give the most pressing open cases; None where Redis does not answer."""
    try:
        with connected(settings) as client:
            snapshot = read_snapshot(client)
    except ServerUnavailable:
        return None
    return snapshot.watched if snapshot else []
