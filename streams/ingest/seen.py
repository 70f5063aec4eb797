"""Which CloudEvents were seen before, remembered in Redis for all ingest processes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from redis import Redis

from config import names
from config.catalog import Feed
from models.feeds.kinds.contract import kind_of
from models.feeds.seen import same_place
from streams.retry import AnyCall

_CHUNK: Final = 1000  # commands in one pipeline


class RedisSeen:
    """Remembers where each event of a feed was first accepted; see `models.feeds.seen.Seen`.

    Parameters
    ----------
    redis : redis.Redis
        Client with `decode_responses=False`.
    feed : Feed
    retry : callable
        Makes a call again while Redis is away.
    """

    def __init__(self, redis: Redis, feed: Feed, retry: AnyCall) -> None:
        self._redis: Any = redis
        self._feed = feed.name
        self._life_s = kind_of(feed).remembered_s(feed)
        self._retry = retry

    def claim(self, places: Mapping[str, str]) -> Mapping[str, str]:
        """See `Seen.claim`; claiming again from the same place is safe."""
        duplicates: dict[str, str] = {}
        asked = list(places.items())
        for first in range(0, len(asked), _CHUNK):
            part = dict(asked[first : first + _CHUNK])
            duplicates |= self._retry(partial(self._claim, part))
        return duplicates

    def _claim(self, places: Mapping[str, str]) -> dict[str, str]:
        keys = {event: names.duplicate_key(self._feed, event) for event in places}
        with self._redis.pipeline(transaction=False) as pipe:
            for event, place in places.items():
                pipe.set(keys[event], place, nx=True, ex=self._life_s)
            new = pipe.execute()
        known = [event for event, done in zip(places, new, strict=True) if not done]
        if not known:
            return {}
        held = self._redis.mget([keys[event] for event in known])
        return {
            event: first.decode()
            for event, first in zip(known, held, strict=True)
            if first is not None and not same_place(first.decode(), places[event])
        }
