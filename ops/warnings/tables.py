"""How warnings, their audit and the answers to commands are printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from models.messages.access import AccessEntry
from models.messages.audit import AuditEntry
from models.messages.command_results import CommandResult
from models.messages.receipts import Receipt
from models.messages.subscriptions import Subscription
from models.messages.warnings import CityWarning
from models.printable import printable_lines
from models.warnings.advice import Advice
from models.warnings.life.words import CHANGES, ROLES, STATES, SUPPRESSIONS, TIERS
from models.warnings.places import place_of
from models.warnings.text import LEVEL_NAMES
from ops.output import Column, console, print_table
from ops.warnings.advice import advice_lines
from ops.warnings.delivering import DeliveryState


def print_warnings(
    warnings: Sequence[CityWarning], catalog: Catalog, language: str, *, wide: bool
) -> None:
    """Print one line a warning."""
    zone = ZoneInfo(catalog.city.timezone)
    columns = [
        Column(name="warning", is_key=True),
        Column(name="revision", is_number=True),
        *(Column(name=name) for name in ("level", "state", "since", "place", "what", "who")),
    ]
    rows = (_row(each, catalog, zone, language) for each in warnings)
    print_table(columns, rows, title=f"{len(warnings)} warnings", wide=wide)


def print_warning(
    warning: CityWarning,
    entries: Iterable[AuditEntry],
    catalog: Catalog,
    language: str,
    *,
    wide: bool,
    advice: Advice | None = None,
) -> None:
    """Print all that there is to say of a warning, and what was done."""
    zone = ZoneInfo(catalog.city.timezone)
    _, revision, level, state, since, place, what, who = _row(warning, catalog, zone, language)
    lines = [
        f"{warning.id}, revision {revision}",
        f"{level} · {state} · {since} · {place} · {what}",
        who,
        warning.explanation.get(language, ""),
        *_kept(warning, zone, language),
        *_waits(warning, catalog, zone, language),
        *_plan(warning, language),
        *(advice_lines(advice, catalog, zone, language) if advice else ()),
    ]
    out = console(wide=wide)
    for line in filter(None, lines):
        out.print(printable_lines(line), markup=False, highlight=False)
    print_audit(list(entries), zone, language, wide=wide)


def print_audit(
    entries: Sequence[AuditEntry], zone: tzinfo, language: str, *, wide: bool, total: int = 0
) -> None:
    """Print one line a change."""
    columns = [
        *(Column(name=name) for name in ("time", "warning")),
        Column(name="revision", is_number=True),
        *(Column(name=name) for name in ("change", "state", "who", "text")),
    ]
    title = f"{len(entries)} of {max(total, len(entries))} changes"
    rows = (_line(each, zone, language) for each in entries)
    print_table(columns, rows, title=title, wide=wide)


def print_result(result: CommandResult, zone: tzinfo, language: str) -> None:
    """Print the answer to a command, and what others did since its sender looked."""
    print(printable_lines(result.explanation.get(language, "")))
    if result.since:
        print_audit(result.since, zone, language, wide=False)


def _row(
    warning: CityWarning, catalog: Catalog, zone: tzinfo, language: str
) -> tuple[str, int, str, str, str, str, str, str]:
    rule = catalog.rules.get(warning.rule)
    return (
        warning.id,
        warning.revision,
        LEVEL_NAMES[warning.level][language],
        STATES[warning.state][language],
        _moment(warning.raised_ms, zone),
        place_of(catalog, warning.area)[language],
        rule.title[language] if rule else warning.rule,
        _who(warning, zone, language) or "; ".join(_kept(warning, zone, language)),
    )


def _who(warning: CityWarning, zone: tzinfo, language: str) -> str:
    """Say which role has it, and since when."""
    life = warning.life
    named = (
        ({"zh": "已确认", "en": "acknowledged"}, life.acknowledged),
        ({"zh": "已指派", "en": "assigned"}, life.assigned),
    )
    return "; ".join(
        f"{word[language]}: {ROLES[mark.role][language]} {_moment(mark.since_ms, zone)}"
        for word, mark in named
        if mark is not None
    )


def _kept(warning: CityWarning, zone: tzinfo, language: str) -> list[str]:
    """Say until when a person keeps it from view."""
    shelving = warning.life.shelving
    if warning.suppressed:
        by = f" ({warning.inhibited_by})" if warning.inhibited_by else ""
        return [f"{SUPPRESSIONS[warning.suppressed][language]}{by}"]
    if shelving is None:
        return []
    until = _moment(shelving.until_ms, zone)
    text = {"zh": f"至{until}不显示", "en": f"out of view until {until}"}[language]
    return [f"{STATES[shelving.state][language]}: {text}"]


def _plan(warning: CityWarning, language: str) -> list[str]:
    """Say what the response plan asks for at this level."""
    plan = warning.plan
    if plan is None:
        return []
    words = {
        "zh": ("预案", "分钟内", "该级别不在本版预案内"),
        "en": ("plan", "min", "this edition does not have the level"),
    }[language]
    lines = [f"{words[0]}: {plan.title[language]} ({plan.source[language]})"]
    if not plan.has_colour:
        return [*lines, f"  {words[2]}"]
    return lines + [
        f"  {number}. {step.do[language]} · {step.by[language]} · {step.contact[language]} · "
        f"{step.within_min} {words[1]}"
        for number, step in enumerate(plan.steps, start=1)
    ]


def _waits(warning: CityWarning, catalog: Catalog, zone: tzinfo, language: str) -> list[str]:
    """Say with which post it waits to be acknowledged, until when, and in which round."""
    life, waits = warning.life, warning.life.waits
    if waits is None:
        return []
    post = catalog.roster.posts.get(waits.duty) if catalog.roster else None
    names = {
        "tier": TIERS[min(life.tier, len(TIERS) - 1)][language],
        "post": post.title[language] if post else waits.duty,
        "since": _moment(waits.since_ms, zone),
        "until": _moment(waits.until_ms, zone),
        "n": life.round + 1,
    }
    if not waits.until_ms:
        told = {
            "zh": "待{tier}（{post}）确认，自{since}，不再上报（第{n}轮）",
            "en": "waits for the {tier} ({post}) since {since}, goes no higher (round {n})",
        }
    else:
        told = {
            "zh": "待{tier}（{post}）确认，至{until}上报（第{n}轮）",
            "en": "waits for the {tier} ({post}), goes higher at {until} (round {n})",
        }
    return [told[language].format(**names)]


def _line(entry: AuditEntry, zone: tzinfo, language: str) -> tuple[object, ...]:
    return (
        _moment(entry.at_ms, zone),
        entry.warning,
        entry.revision,
        CHANGES[entry.change][language],
        STATES[entry.state][language],
        f"{entry.actor} ({ROLES[entry.role][language]})",
        " → ".join(filter(None, (entry.text, entry.duty))),
    )


def _moment(at_ms: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, zone):%Y-%m-%d %H:%M}"


def subscription_row(subscription: Subscription, zone: tzinfo) -> tuple[object, ...]:
    """Lay a subscription out as a row; no address is shown."""
    asked = (*subscription.kinds, *subscription.rules, *subscription.categories)
    where = (*subscription.areas, *(("polygon",) if subscription.polygon else ()))
    level = LEVEL_NAMES[subscription.minimum]["en"]
    return (
        subscription.id,
        subscription.version,
        subscription.owner,
        subscription.channel,
        f"{', '.join(asked) or 'everything'} from {level}",
        ", ".join(where) or "everywhere",
        _moment(subscription.since_ms, zone) if subscription.since_ms > 0 else "",
        _moment(subscription.until_ms, zone),
    )


def delivery_row(delivery: DeliveryState, zone: tzinfo) -> tuple[object, ...]:
    """Lay out how a delivery stands."""
    return (
        delivery.warning,
        delivery.revision,
        delivery.receiver,
        delivery.channel,
        delivery.state,
        delivery.tries,
        delivery.detail,
        _moment(delivery.answered_ms, zone),
    )


def receipt_row(receipt: Receipt, zone: tzinfo) -> tuple[object, ...]:
    """Lay out what came of one try."""
    failed = "gave up" if receipt.gave_up else "failed"
    return (
        _moment(receipt.answered_ms, zone),
        receipt.revision,
        receipt.receiver,
        receipt.attempt,
        "delivered" if receipt.delivered else failed,
        receipt.status or "",
        receipt.detail,
    )


def access_row(entry: AccessEntry, zone: tzinfo) -> tuple[object, ...]:
    """Cells of a login or refusal."""
    return (
        _moment(entry.at_ms, zone),
        entry.event.value,
        entry.user,
        entry.role.value if entry.role else "",
        entry.address,
        entry.times,
        entry.text,
    )
