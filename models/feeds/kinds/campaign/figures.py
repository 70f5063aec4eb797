"""The figures of a campaign, made of its sums."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from models.feeds.kinds.campaign.config import CampaignFeed
from models.matters.kind import count, share
from models.matters.sampling import days_to_finish, error_share, recheck_size
from models.situation.matter_now import Definition, MatterRow
from models.situation.matters import MatterSums

PACE_DAYS: Final = 28

DEFINITIONS: Final = {
    "objects": Definition({"zh": "应查", "en": "To cover"}, "objects that have to be covered"),
    "planned": Definition({"zh": "已列入", "en": "Listed"}, "objects that the plan has listed"),
    "covered": Definition({"zh": "已查", "en": "Covered"}, "objects visited in this round"),
    "coverage": Definition(
        {"zh": "覆盖率", "en": "Coverage"},
        "objects visited in this round ÷ objects that have to be covered; in a group ÷ its listed",
        "%",
        2,
    ),
    "goal": Definition(
        {"zh": "达标率", "en": "Goal reached"},
        "of the objects visited, the share found in a state that the campaign wants",
        "%",
        2,
    ),
    "plan_share": Definition(
        {"zh": "计划进度", "en": "Planned by now"},
        "share of the objects that should be covered by today",
        "%",
        1,
    ),
    "behind": Definition(
        {"zh": "落后", "en": "Behind plan"},
        "objects that should be covered by today and are not; below 0: ahead",
    ),
    "pace": Definition(
        {"zh": "日均", "en": "A day"}, "objects covered a day, in the 28 days up to today", "", 1
    ),
    "finish_days": Definition(
        {"zh": "预计完成", "en": "Done in"},
        "objects left ÷ pace, with a 90 % interval by the spread of the days",
        "d",
        1,
    ),
    "due_days": Definition({"zh": "距截止", "en": "Due in"}, "days until the last day", "d"),
    "worse": Definition(
        {"zh": "恶化", "en": "Became worse"}, "objects found worse than in the survey before"
    ),
    "in": Definition({"zh": "处于该状态", "en": "In this state"}, "objects found so last"),
    "recheck_size": Definition(
        {"zh": "应复核", "en": "To recheck"},
        "least random sample that shows an error with the feed's confidence if its error limit is "
        "passed (hypergeometric, acceptance number 0)",
    ),
    "rechecked": Definition({"zh": "已复核", "en": "Rechecked"}, "objects rechecked in this round"),
    "wrong_share": Definition(
        {"zh": "复核差错率", "en": "Recheck errors"},
        "of the rechecked, the share found in another state, with Wilson's interval",
        "%",
        1,
    ),
    "spot_share": Definition(
        {"zh": "抽查差错率", "en": "Spot-check errors"},
        "of the spot-checked, the share found in another state, with Wilson's interval",
        "%",
        1,
    ),
}


def figures(feed: CampaignFeed, sums: MatterSums, by: str, group: str) -> Iterator[MatterRow]:
    """Give the figures of one group; forecasts and plans are of the whole only."""
    if by == "state":
        yield count(by, group, "in", sums.value("in", by, group))
        return
    covered = sums.value("covered", by, group)
    yield count(by, group, "covered", covered)
    if by == "day":
        return
    if by != "team":
        yield from _coverage(feed, sums, by, group, covered)
    yield from _checks(feed, sums, by, group, covered)
    if by == "all":
        yield from _pace(feed, sums, covered)


def _coverage(
    feed: CampaignFeed, sums: MatterSums, by: str, group: str, covered: float
) -> Iterator[MatterRow]:
    planned = sums.value("planned", by, group)
    whole = max(float(feed.objects), planned) if by == "all" else planned
    yield count(by, group, "objects", whole)
    yield count(by, group, "planned", planned)
    yield share(by, group, "coverage", covered, whole)
    if any(state.is_goal for state in feed.states.values()):
        yield share(by, group, "goal", sums.value("goal", by, group), covered)
    if any(state.severity for state in feed.states.values()):
        yield count(by, group, "worse", sums.value("worse", by, group))


def _checks(
    feed: CampaignFeed, sums: MatterSums, by: str, group: str, covered: float
) -> Iterator[MatterRow]:
    plan = feed.recheck
    size = recheck_size(round(covered), plan.error_limit, plan.confidence)
    if by == "all":
        yield count(by, group, "recheck_size", float(size))
    yield count(by, group, "rechecked", sums.value("rechecked", by, group))
    for code, n, wrong in (
        ("wrong_share", "rechecked", "wrong"),
        ("spot_share", "spot", "spot_wrong"),
    ):
        checked, errors = sums.value(n, by, group), sums.value(wrong, by, group)
        found = error_share(round(errors), round(checked), plan.confidence)
        yield MatterRow(
            by=by,
            group=group,
            code=code,
            value=found and found.value,
            numerator=errors,
            denominator=checked,
            low=found and found.low,
            high=found and found.high,
        )


def _pace(feed: CampaignFeed, sums: MatterSums, covered: float) -> Iterator[MatterRow]:
    today = date.fromisoformat(sums.today)
    first, last = feed.round_at(today)
    objects = max(float(feed.objects), sums.value("planned"))
    planned = feed.planned_share(today)
    yield count("all", "", "plan_share", 100 * planned)
    yield count("all", "", "behind", round(planned * objects) - covered)
    yield count("all", "", "due_days", float((last - today).days))
    days = min(PACE_DAYS, max((today - first).days + 1, 1))
    daily = [
        sums.value("covered", "day", (today - timedelta(days=back)).isoformat())
        for back in range(days)
    ]
    yield count("all", "", "pace", sum(daily) / days)
    found = days_to_finish(objects - covered, daily)
    yield MatterRow(
        by="all",
        group="",
        code="finish_days",
        value=found and found.value,
        low=found and found.low,
        high=found and found.high,
    )
