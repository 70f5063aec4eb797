"""Real records of every internal topic, made by the agents themselves."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from config import names
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.events.mode import Mode
from models.messages.case_models import CaseModel
from models.messages.commands import (
    Acknowledge,
    AnyAction,
    Close,
    CloseCause,
    Command,
    Comment,
    Role,
    Shelve,
)
from models.messages.envelope import decode, encode
from models.messages.handovers import HandoverCommand
from models.messages.line_health import AgentPlace, LineHealth, PartHealth
from models.messages.modes import ModeCommand
from models.messages.receipts import DeliverAgain, Receipt
from models.messages.subscriptions import Channel, Subscription
from models.messages.warnings import CityWarning, Level
from models.timing.units import HOUR_MS
from ops.backtest.backtest import Backtest
from ops.simulation.dust import LocalExcess
from ops.simulation.matters import matter_messages, simulated_kinds
from ops.simulation.matters.days import Span
from ops.simulation.simulate import simulate
from streams.agents.handover import HandoverProcessor
from streams.agents.mode import ModeProcessor
from streams.host.processor import Record, Send
from tests.streams.agents.test_cases_model import model
from tests.streams.agents.test_deliver import WARNING
from tests.streams.agents.test_detect_baselines import baseline

START_MS = 1_718_000_000_000
_KEPT = 400  # of a topic, spread over the whole run

Sent = tuple[str, bytes]  # topic and value


@cache
def internal_records() -> tuple[Sent, ...]:
    """Records of all topics in the order in which they were sent."""
    settings = Settings(webhook_url="https://desk.example/in", webhook_secret="s")
    catalog = load(settings)
    sensor = next(iter(catalog.feeds["dust"].sensors))
    excess = LocalExcess(
        sensor=sensor,
        start_ms=START_MS + 20 * HOUR_MS,
        end_ms=START_MS + 26 * HOUR_MS,
        extra_ugm3=900.0,
    )
    sent = [(names.CASE_MODELS, encode(CaseModel(model=model(0.5, START_MS).to_json())))]
    sent += [(names.BASELINES, record.value) for record in baseline(400)]
    for feed in ("dust", "hazard", "cases"):
        run = Backtest(catalog, settings, feed, lambda topic, _, value: sent.append((topic, value)))
        messages = simulate(catalog, START_MS, START_MS + 30 * HOUR_MS, 7, 900, excess=excess)
        run.run(message for name, message in messages if name == feed)
    sent += _matters(catalog, settings)
    sent += _commanded(sent)
    sent += _switched(catalog)
    sent += _handed_over(catalog)
    for revision in range(5):
        change = msgspec.structs.replace(WARNING, revision=revision)
        sent.append((names.WARNINGS, encode(change)))
    sent += [(names.RECEIPTS, encode(_receipt(number))) for number in range(20)]
    sent.append((names.RECEIPTS, encode(DeliverAgain(warning=WARNING, receiver="desk"))))
    sent += [(names.SUBSCRIPTIONS, encode(_subscription(number))) for number in range(20)]
    sent += [(names.LINE, encode(_line(number))) for number in range(20)]
    return tuple(_thinned(sent))


def _line(number: int) -> LineHealth:
    """What one of two workers says, of which one waits."""
    part = PartHealth(
        agent="detect",
        partition=0,
        waiting={names.PANES: number} if number % 3 else {},
        waited_s=float(number % 3),
        judged={"dust": START_MS + number * HOUR_MS},
    )
    return LineHealth(
        worker=f"worker-{number % 2}",
        published_ms=START_MS + number * 3000,
        agents={"detect": AgentPlace(partitions=1)},
        parts=[part],
    )


def _switched(catalog: Catalog) -> list[Sent]:
    """Let the mode be switched to and fro, and what the agent of it says."""
    agent, sent = ModeProcessor(catalog, 1), list[Sent]()
    for number in range(24):
        command = ModeCommand(
            id=f"switch-{number}",
            mode=tuple(Mode)[(number + 1) % 3],
            revision=number,
            actor="someone",
            role=Role.COMMANDER,
            text="why",
            sent_ms=START_MS + number * HOUR_MS,
        )
        value = encode(command)
        sent.append((names.COMMANDS, value))
        effects = agent.apply(Record(names.COMMANDS, 0, number, value))
        sent += [(each.topic, each.value) for each in effects if isinstance(each, Send)]
    return sent


def _handed_over(catalog: Catalog) -> list[Sent]:
    """Let shifts write notes and sign them, and what the agent of it says."""
    agent, sent = HandoverProcessor(catalog), list[Sent]()
    for number in range(24):
        is_note = number % 2 == 0
        command = HandoverCommand(
            id=f"shift-{number}",
            event=next(iter(catalog.events)) if is_note else "",
            note="" if is_note else f"shift-{number - 1}",
            actor="li" if is_note else "wang",
            role=Role.OPERATOR,
            text="two are open",
            sent_ms=START_MS + number * HOUR_MS,
        )
        value = encode(command)
        sent.append((names.COMMANDS, value))
        effects = agent.apply(Record(names.COMMANDS, 0, number, value))
        sent += [(each.topic, each.value) for each in effects if isinstance(each, Send)]
    return sent


def _matters(catalog: Catalog, settings: Settings) -> list[Sent]:
    """Let every feed of a matter pass ingest and the agent of its kind."""
    sent: list[Sent] = []
    one = replace(settings, raw_partitions=1, street_partitions=1)
    zone = ZoneInfo(catalog.city.timezone)
    span = Span(start_ms=START_MS - 60 * HOUR_MS, end_ms=START_MS + 30 * HOUR_MS, seed=7, zone=zone)
    for feed in catalog.feeds.values():
        if feed.kind in simulated_kinds():
            run = Backtest(
                catalog,
                one,
                feed.name,
                lambda topic, _, value: sent.append((topic, value)),
                agents={feed.kind},
                settled_ms=0,
            )
            messages = list(matter_messages(feed, catalog, span))
            few = messages[:40]  # one by one, so that a watermark is known early
            for message in few:
                run.take([message])
            run.run(messages[len(few) :])
    return sent


def _commanded(sent: list[Sent]) -> list[Sent]:
    """Let two operators work on every warning, not seeing each other."""
    told = [decode(CityWarning, value) for topic, value in sent if topic == names.WARNINGS]
    newest = {warning.id: warning for warning in told}.values()
    asked: list[AnyAction] = [
        Comment(),
        Acknowledge(),
        Shelve(minutes=60),
        Close(cause=CloseCause.RESOLVED),
    ]
    commands = [
        _command(f"{name}-{warning.id}-{number}"[:64], warning, warning.revision + number, action)
        for warning in newest
        for name in ("li", "wang")
        for number, action in enumerate(asked)
    ]
    return [(names.COMMANDS, encode(command)) for command in commands[:120]]


def _command(name: str, warning: CityWarning, revision: int, action: AnyAction) -> Command:
    return Command(
        id=name,
        warning=warning.id,
        revision=revision,
        actor=name.partition("-")[0],
        role=Role.OPERATOR,
        text="on site",
        sent_ms=START_MS,
        action=action,
    )


def _thinned(sent: list[Sent]) -> list[Sent]:
    places: dict[str, list[int]] = {}
    for place, (topic, _) in enumerate(sent):
        places.setdefault(topic, []).append(place)
    kept = [at for of in places.values() for at in of[:: max(1, len(of) // _KEPT)]]
    return [sent[place] for place in sorted(kept)]


def _subscription(number: int) -> Subscription:
    return Subscription(
        id=f"desk-{number // 2}",
        version=1 + number % 2,
        owner="Desk",
        minimum=Level(1 + number % 4),
        channel=Channel.MAIL,
        address="desk@example.org",
        since_ms=START_MS,
        until_ms=START_MS + 365 * 24 * HOUR_MS,
    )


def _receipt(number: int) -> Receipt:
    return Receipt(
        warning=f"w{number}",
        revision=0,
        channel="webhook",
        receiver="https://desk.example/in",
        attempt=1,
        delivered=number % 2 == 0,
        status=204,
        detail="",
        sent_ms=START_MS,
        answered_ms=START_MS + 5,
    )
