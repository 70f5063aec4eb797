"""Subscriptions over the API: by the real checks, within the bounds of who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from config.catalog import Catalog
from config.errors import GridpulseError, ServerUnavailable
from config.settings import Settings
from config.subscriptions import SubscriptionEntry
from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from dashboards.panels.controls import Choice
from dashboards.panels.subscription_form import subscription_form
from models.messages.bounds import EARLIEST_MS, LATEST_MS
from models.messages.commands import Role
from models.messages.subscriptions import Channel, Subscription
from models.messages.warnings import CityWarning
from models.timing.units import DAY_MS
from models.warnings.routing import Router
from models.warnings.subscriptions import Rehearsal, check, from_entry, rehearse
from ops.warnings import subscribing
from ops.warnings.subscription_desk import KEPT_S, SubscriptionDesk
from tests.dashboards.access.things import NOW_MS, bearer, changed, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_warnings import problem
from tests.dashboards.common.books import warning
from tests.dashboards.page import parts, words
from tests.dashboards.small_city import RULE, small_catalog
from tests.dashboards.web import WebClient

PATH = "/api/v1/subscriptions"
DESK = {
    "id": "desk",
    "owner": "值班室",
    "channel": "mail",
    "address": "desk@example.org",
    "until": "2035-12-31",
}
SECRET_URL = "https://hook.example/in?token=x"


class Book:
    """Subscriptions in memory, judged as the real ones are."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.kept: dict[str, Subscription] = {}
        self.past: list[CityWarning] = []
        self.error: GridpulseError | None = None

    def known(self) -> Mapping[str, Subscription]:
        if self.error is not None:
            raise self.error
        return dict(self.kept)

    def made(self, entry: SubscriptionEntry, known: Subscription | None, by: str) -> Subscription:
        zone, version = ZoneInfo("Asia/Shanghai"), known.version + 1 if known else 1
        made = from_entry(entry, zone, NOW_MS, version=version, by=by)
        check(made, self.catalog, NOW_MS)
        return made

    def ended(self, known: Subscription, by: str) -> Subscription:
        return msgspec.structs.replace(known, version=known.version + 1, is_ended=True, by=by)

    def rehearsed(self, subscription: Subscription) -> Rehearsal:
        return rehearse(subscription, Router(self.catalog), self.past, NOW_MS)

    def save(self, subscription: Subscription) -> bool:
        before = self.kept.get(subscription.id)
        if subscription.version != (before.version if before else 0) + 1:
            return False
        self.kept[subscription.id] = subscription
        return True


@pytest.fixture
def book() -> Book:
    return Book(small_catalog())


Ask = Callable[..., Any]


@pytest.fixture
def ask(redis_url: str, city_index: CityIndex, tmp_path: Path, book: Book) -> Ask:
    """(method, path below the list, role, body) → answer."""
    users = user_file(tmp_path)
    changed(users, "commander", departments=["environment"])
    changed(users, "admin", departments=[book.catalog.rules[RULE].owner["zh"]])
    gate = Gate(users, lambda: NOW_MS)
    context = context_of(redis_url, city_index, gate=gate, subscriptions=book)
    web = WebClient(server_of(context))

    def send(method: str, below: str = "", role: Role = Role.OPERATOR, body: Any = None) -> Any:
        return web.send(method, PATH + below, headers=bearer(role), json=body)

    return send


def body(version: int = 0, **more: Any) -> dict[str, Any]:
    return {"subscription": DESK | more, "version": version}


def test_one_is_tried_made_changed_and_ended(ask: Ask, book: Book) -> None:
    found = warning(0, area="110101002")
    book.past = [msgspec.structs.replace(found, updated_ms=NOW_MS - DAY_MS, raised_ms=1)]
    tried = ask("POST", "?dry_run=true", body=body())
    assert tried.status_code == 200, tried.text
    assert (tried.json()["saved"], tried.json()["rehearsal"]["messages"]) == (False, 1)
    assert book.kept == {}
    made = ask("POST", body=body())
    assert made.status_code == 201, made.text
    assert made.json()["saved"]
    assert (book.kept["desk"].by, book.kept["desk"].version) == ("operator", 1)
    again = ask("POST", body=body(1, minimum="red", areas=["110101002"]))
    assert again.json()["subscription"]["version"] == 2
    assert ask("GET", "/desk").json()["areas"] == ["110101002"]
    ended = ask("DELETE", "/desk")
    assert (ended.status_code, ended.json()["is_ended"], ended.json()["version"]) == (200, True, 3)
    assert ask("GET").json() == {"items": [], "next": None, "state": "fresh"}
    assert [each["id"] for each in ask("GET", "?ended=true").json()["items"]] == ["desk"]
    problem(ask("DELETE", "/desk"), 409)


def test_lists_come_in_pages_and_by_channel(ask: Ask, book: Book) -> None:
    for name in ("c", "a", "b"):
        assert ask("POST", body=body(id=name)).status_code == 201
    first = ask("GET", "?limit=2").json()
    assert [each["id"] for each in first["items"]] == ["a", "b"]
    rest = ask("GET", f"?limit=2&after={first['next']}").json()
    assert ([each["id"] for each in rest["items"]], rest["next"]) == (["c"], None)
    assert ask("GET", "?channel=webhook").json()["items"] == []
    assert len(ask("GET", "?channel=mail&format=csv").text.splitlines()) == 4
    problem(ask("GET", "?chanel=mail"), 422)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (body(rules=["none"]), "there is no rule 'none'"),
        (body(areas=["110101099"]), "110101099"),
        (body(until="2001-01-01"), "it has ended"),
        (body(until="9999-12-31"), "expected a year from 1901 to 2098"),
        (body(since="1900-12-31"), "expected a year from 1901 to 2098"),
        (body(address="nobody"), "expected one mail address"),
        (body(colour="red"), "subscription.colour"),
        (body(id="Desk"), "subscription.id"),
        (body(minimum="pink"), "subscription.minimum"),
        ({"version": 0}, "subscription: field required"),
        ([], "body"),
    ],
)
def test_what_cannot_be_served_is_refused_with_what_to_mend(
    ask: Ask, book: Book, given: Any, said: str
) -> None:
    for query in ("", "?dry_run=true"):
        assert said in problem(ask("POST", query, body=given), 422)["detail"]
    assert book.kept == {}


def test_nobody_s_change_is_lost(ask: Ask, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("POST", body=body()).status_code == 201
    assert "version" in problem(ask("POST", body=body()), 409)["detail"]
    problem(ask("POST", body=body(7)), 409)
    assert book.kept["desk"].version == 1
    monkeypatch.setattr(book, "save", lambda _: False)  # somebody was faster just now
    problem(ask("POST", body=body(1)), 409)
    problem(ask("DELETE", "/desk"), 409)


def test_too_much_is_refused_before_it_is_saved(ask: Ask, book: Book) -> None:
    found = warning(0, area="110101002")
    book.past = [
        msgspec.structs.replace(found, id=f"w{n}", updated_ms=NOW_MS - DAY_MS)
        for n in range(10_001)
    ]
    assert "narrow it" in problem(ask("POST", body=body()), 422)["detail"]
    assert book.kept == {}


def test_viewers_neither_see_nor_make_any(ask: Ask) -> None:
    for method, below in (("GET", ""), ("GET", "/desk"), ("POST", ""), ("DELETE", "/desk")):
        given = body() if method == "POST" else None
        problem(ask(method, below, Role.VIEWER, given), 403)


def test_a_bureau_sees_and_makes_what_lies_in_its_areas_alone(ask: Ask, book: Book) -> None:
    mine, theirs = body(id="mine", areas=["110101002"]), body(id="theirs", areas=["110101003"])
    for given in (body(), theirs, body(areas=["110101002", "110101003"]), body(areas=["110101"])):
        detail = problem(ask("POST", "", Role.BUREAU, given), 403)["detail"]
        assert "areas" in detail
        problem(ask("POST", "?dry_run=true", Role.BUREAU, given), 403)
    assert book.kept == {}
    assert ask("POST", "", Role.BUREAU, mine).status_code == 201
    assert ask("POST", body=theirs).status_code == 201
    assert [each["id"] for each in ask("GET", "", Role.BUREAU).json()["items"]] == ["mine"]
    problem(ask("GET", "/theirs", Role.BUREAU), 404)
    problem(ask("DELETE", "/theirs", Role.BUREAU), 404)
    taken = body(1, id="theirs", areas=["110101002"])
    assert "taken" in problem(ask("POST", "", Role.BUREAU, taken), 409)["detail"]
    assert book.kept["theirs"].areas == ["110101003"]


def test_a_bureau_reads_no_address_but_its_own(ask: Ask) -> None:
    ask("POST", body=body(id="other", areas=["110101002"]))
    ask("POST", "", Role.BUREAU, body(id="mine", areas=["110101002"]))
    mine, other = ask("GET", "", Role.BUREAU).json()["items"]
    assert (mine["address"], mine["by"]) == ("desk@example.org", "bureau")
    assert "address" not in other or not other["address"]
    assert not other["by"]


def test_who_is_bound_to_departments_is_bound_to_their_rules(ask: Ask) -> None:
    made = ask("POST", "", Role.ADMIN, body(rules=[RULE]))
    assert made.status_code == 201, made.text
    problem(ask("POST", "", Role.COMMANDER, body(id="all")), 403)
    problem(ask("GET", "/desk", Role.COMMANDER), 404)


def test_the_webhook_of_the_settings_is_not_shown(ask: Ask, book: Book) -> None:
    book.kept["https://hook.example/in"] = Subscription(
        id="https://hook.example/in",
        owner="东城",
        channel=Channel.WEBHOOK,
        address=SECRET_URL,
        since_ms=EARLIEST_MS,
        until_ms=LATEST_MS,
    )
    assert ask("GET").json()["items"] == []


def test_without_kafka_or_a_desk_it_says_so(
    ask: Ask, book: Book, redis_url: str, city_index: CityIndex
) -> None:
    book.error = ServerUnavailable("Kafka is away")
    for method, below in (("GET", ""), ("GET", "/desk"), ("DELETE", "/desk"), ("POST", "")):
        given = body() if method == "POST" else None
        assert problem(ask(method, below, body=given), 503)["detail"] == "Kafka is away"
    bare = WebClient(server_of(context_of(redis_url, city_index)))
    problem(bare.get(PATH), 503)


class Topic:
    """What stands on the topic, and how often it was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kept: dict[str, Subscription] = {}
        self.reads = 0
        self.is_away = False
        monkeypatch.setattr(subscribing, "subscriptions", self.read)
        monkeypatch.setattr(subscribing, "send", self.send)

    def read(self, *_: object) -> dict[str, Subscription]:
        self.reads += 1
        if self.is_away:
            msg = "Kafka is away"
            raise ServerUnavailable(msg)
        return dict(self.kept)

    def send(self, _: Settings, subscription: Subscription) -> None:
        self.kept[subscription.id] = subscription


def test_the_desk_reads_seldom_saves_what_follows_and_waits_for_no_dead_kafka(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s, topic = [0.0], Topic(monkeypatch)
    desk = SubscriptionDesk(Settings(), small_catalog(), lambda: now_s[0])
    entry = SubscriptionEntry.model_validate(DESK)
    first = desk.made(entry, None, "li")
    assert desk.known() == desk.known() == {}
    assert topic.reads == 1
    assert desk.save(first)
    assert not desk.save(first)
    assert desk.known() == {"desk": first}
    elsewhere = msgspec.structs.replace(first, version=2, by="wu")
    topic.kept["desk"] = elsewhere  # by the command line
    assert not desk.save(msgspec.structs.replace(first, version=2))
    assert topic.kept["desk"] == elsewhere
    assert desk.save(desk.ended(elsewhere, "li"))
    topic.is_away, reads = True, topic.reads
    now_s[0] += KEPT_S
    for _ in range(3):
        with pytest.raises(ServerUnavailable, match="Kafka is away"):
            desk.known()
    assert topic.reads == reads + 1
    topic.is_away = False
    now_s[0] += KEPT_S
    assert desk.known()["desk"].is_ended


def test_the_page_lists_what_runs_with_names_and_says_what_hinders(
    redis_url: str, city_index: CityIndex, book: Book
) -> None:
    web = WebClient(server_of(context_of(redis_url, city_index, subscriptions=book)))
    page = "/part/operator-subscriptions/list"
    assert "没有有效订阅" in web.get(page).text
    asked = DESK | {"areas": ["110101002"], "rules": [RULE], "minimum": "orange"}
    entry = SubscriptionEntry.model_validate(asked)
    book.kept["desk"] = from_entry(entry, ZoneInfo("Asia/Shanghai"), NOW_MS)
    shown = web.get(page).text
    for told in ("desk", "值班室", "邮件", "橙色", "2035-12-31", city_index.rule(RULE)["zh"]):
        assert told in shown
    assert '"data-method":"DELETE"' in shown
    book.error = ServerUnavailable("Kafka did not answer")
    assert "Kafka did not answer" in web.get(page).text
    gate = Gate(None, lambda: NOW_MS)  # everybody only looks
    looking = WebClient(server_of(context_of(redis_url, city_index, gate=gate, subscriptions=book)))
    assert "您的角色不能查看或更改订阅" in looking.get(page).text


def test_the_form_asks_for_what_the_api_takes(city_index: CityIndex) -> None:
    streets = [Choice("110101002", {"zh": "景山", "en": "Jingshan"})]
    form = subscription_form(streets, [Choice(RULE, city_index.rule(RULE))])
    told = words(form, "zh")
    assert "景山" in told and "最低级别" in told and "用过去30天试算" in told
    fields = {getattr(part, "data-field") for part in parts(form) if hasattr(part, "data-field")}
    names = {getattr(part, "data-name") for part in parts(form) if hasattr(part, "data-name")}
    assert fields | names <= set(SubscriptionEntry.model_fields)
