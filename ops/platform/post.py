"""One signed try to hand a submission to the platform, and what it answered."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from config.platform import PlatformPlan
from config.settings import SIGN_PREFIX, Settings
from models.platform.outbox import Answer
from streams.sinks.channel import DEADLINE_S
from streams.sinks.webhook import WebhookSink, signed_headers, signing_key

Post = Callable[[str, bytes], Answer]  # id and body → what came of the try

_RECEIPT: Final = ("receipt", "receiptId", "id")
_LONGEST: Final = 200


def poster(
    plan: PlatformPlan,
    settings: Settings,
    environment: Mapping[str, str] = os.environ,
    *,
    deadline_s: float = DEADLINE_S,
) -> Post:
    """Give what posts to the platform of a city, once a call, signed as all webhooks are."""
    secret = environment.get(SIGN_PREFIX + plan.secret, "")

    def post(name: str, body: bytes) -> Answer:
        if not secret:
            return Answer(0, f"{SIGN_PREFIX}{plan.secret} is not set")
        try:
            headers = signed_headers(signing_key(secret), name, int(time.time()), body)
        except ValueError as error:
            return Answer(0, f"{SIGN_PREFIX}{plan.secret}: {error}")
        headers |= {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        return asyncio.run(_posted(plan, settings, headers, body, deadline_s))

    return post


async def _posted(
    plan: PlatformPlan, settings: Settings, headers: dict[str, str], body: bytes, deadline_s: float
) -> Answer:
    # The platform is named by the city's own file: it may be reached wherever it is.
    sink = WebhookSink(replace(settings, webhook_url=plan.url), {}, deadline_s=deadline_s)
    try:
        outcome = await sink.post(plan.url, headers, body)
    finally:
        await sink.close()
    receipt = receipt_of(outcome.answer) if outcome.delivered else ""
    return Answer(outcome.status, outcome.detail, receipt, outcome.retry_after_s)


def receipt_of(answer: bytes) -> str:
    """Find the receipt in an answer: a field of a JSON object, else that the body was taken.

    Examples
    --------
    >>> receipt_of(b'{"receipt": "R-17"}'), receipt_of(b"ok")
    ('R-17', 'accepted')
    """
    try:
        found: Any = msgspec.json.decode(answer)
    except msgspec.MsgspecError:
        found = None
    if isinstance(found, dict):
        for name in _RECEIPT:
            if isinstance(found.get(name), str | int) and str(found[name]):
                return str(found[name])[:_LONGEST]
    return "accepted"
