"""Chats by apprise: WeCom and DingTalk get what their interfaces ask for, on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import apprise
import msgspec
import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot

from models.messages.subscriptions import Channel, Subscription
from streams.sinks.channel import Outcome
from streams.sinks.chat import ChatSink
from tests.models.warnings.test_routing import SUBSCRIPTION
from tests.streams.sinks.mute import mute_server
from tests.streams.sinks.test_mail import TITLES, WARNING
from tests.streams.sinks.test_webhook import Receiver

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
TO = msgspec.structs.replace(SUBSCRIPTION, channel=Channel.CHAT, address="DUTY")
TOKEN = "a" * 64


@pytest.fixture(autouse=True, scope="module")
def plugins() -> None:
    """Let the library load all it knows: that takes seconds, once in a process."""
    with warnings.catch_warnings(action="ignore"):
        apprise.Apprise().add("json://localhost")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Stands where the services of both makers are."""
    server = Receiver()
    host = server.url.partition("/in")[0]
    wecom = f"{host}/cgi-bin/webhook/send?key={{key}}"
    monkeypatch.setattr(NotifyWeComBot, "notify_url", wecom)
    monkeypatch.setattr(NotifyDingTalk, "notify_url", f"{host}/robot/send?access_token={{token}}")
    for plugin in (NotifyWeComBot, NotifyDingTalk):
        monkeypatch.setattr(plugin, "request_rate_per_sec", 0)
    server.statuses = [200]
    yield server
    server.stop()


async def tried(url: str, to: Subscription = TO, **more: Any) -> Outcome:
    sink = ChatSink({"GRIDPULSE_CHAT_DUTY": url} if url else {}, TITLES, **more)
    try:
        return await sink.send(to, [WARNING])
    finally:
        await sink.close()


async def test_a_wecom_robot_gets_a_message(service: Receiver) -> None:
    key = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
    assert (await tried(f"wecombot://{key}")).delivered
    (call,) = service.calls
    assert call.path == f"/cgi-bin/webhook/send?key={key}"
    said = json.loads(call.body)
    assert said["msgtype"] == "text"
    assert "橙色预警 · 东华门街道" in said["text"]["content"]
    assert "建议：洒水。" in said["text"]["content"]


async def test_a_dingtalk_robot_gets_a_signed_message(service: Receiver) -> None:
    assert (await tried(f"dingtalk://SECRETkey@{TOKEN}/")).delivered
    (call,) = service.calls
    query = parse_qs(urlsplit(call.path).query)
    assert query["access_token"] == [TOKEN]
    stamp = query["timestamp"][0]
    signed = hmac.new(b"SECRETkey", f"{stamp}\nSECRETkey".encode(), hashlib.sha256).digest()
    assert unquote(query["sign"][0]).replace(" ", "+") == base64.b64encode(signed).decode()
    assert "橙色预警" in call.body.decode("unicode_escape") or "橙色预警" in call.body.decode()


async def test_a_service_that_shows_html_gets_the_words_and_no_link(service: Receiver) -> None:
    """Departments of a feed may be called anything, and stand in the explanation."""
    text = {
        language: '<a href="http://evil.example">here</a> [x](http://evil.example)'
        for language in ("zh", "en")
    }
    hostile = msgspec.structs.replace(WARNING, explanation=text)
    host = service.url.removeprefix("http://").partition("/")[0]
    sink = ChatSink({"GRIDPULSE_CHAT_DUTY": f"json://{host}/?format=html"}, TITLES)
    assert (await sink.send(TO, [hostile])).delivered
    await sink.close()
    message = json.loads(service.calls[0].body)["message"]
    assert "evil.example" in message
    assert "<a " not in message


@pytest.mark.parametrize("status", [400, 500])
async def test_what_a_service_does_not_take_fails_without_its_secret(
    service: Receiver, status: int
) -> None:
    service.statuses = [status] * 3
    outcome = await tried(f"dingtalk://SECRETkey@{TOKEN}/")
    assert (outcome.delivered, outcome.is_final) == (False, False)
    assert TOKEN not in outcome.detail and "SECRETkey" not in outcome.detail


@pytest.mark.parametrize(
    ("url", "why"),
    [("", "GRIDPULSE_CHAT_DUTY is not set"), ("pigeon://loft", "not a URL that apprise knows")],
)
async def test_a_chat_that_is_not_set_up_says_so(url: str, why: str) -> None:
    outcome = await tried(url)
    assert (outcome.delivered, why in outcome.detail) == (False, True)


async def test_a_service_that_never_answers_costs_a_bounded_time() -> None:
    async with mute_server() as port:
        began_s = time.monotonic()
        outcome = await tried(f"json://127.0.0.1:{port}/", deadline_s=0.3)
        assert time.monotonic() - began_s < 1
        assert outcome.detail == "no answer within 0.3 s"
