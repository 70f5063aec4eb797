"""Tells by the ways offices are really reached (WeCom, DingTalk, Feishu, Teams, SMS): `apprise`.

The URL of a chat holds its secret. It stands in the environment alone; whoever writes a
subscription names it and never sees it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import apprise

from config.settings import CHAT_PREFIX
from models.messages.subscriptions import Subscription
from models.messages.warnings import CityWarning
from models.warnings.notice import Notice, Titles, notice_of
from streams.sinks.channel import DEADLINE_S, Outcome

_AT_ONCE: Final = 16  # threads; the library waits 4 s for a connection and 4 s for an answer


class ChatSink:
    """Hands messages to the library, in threads of its own.

    Parameters
    ----------
    environment : mapping of str to str
        Holds the URLs.
    titles : Titles
    deadline_s : float
        For a whole try, whatever the service does.
    """

    def __init__(
        self, environment: Mapping[str, str], titles: Titles, deadline_s: float = DEADLINE_S
    ) -> None:
        self._environment = environment
        self._titles = titles
        self._deadline_s = deadline_s
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="chat")

    async def send(self, to: Subscription, changes: Sequence[CityWarning]) -> Outcome:
        """Try once to hand a message over."""
        variable = CHAT_PREFIX + to.address
        url = self._environment.get(variable, "")
        if not url:
            return Outcome(delivered=False, detail=f"{variable} is not set")
        notice = notice_of(changes, self._titles, to.language)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline_s):
                wrong = await loop.run_in_executor(self._threads, _hand_over, url, notice)
        except TimeoutError:
            return Outcome(delivered=False, detail=f"no answer within {self._deadline_s:g} s")
        return Outcome(delivered=not wrong, detail=wrong and f"{variable}: {wrong}")

    async def close(self) -> None:
        """Do nothing: no connection stays open."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _hand_over(url: str, notice: Notice) -> str:
    """Hand a message over; gives what was wrong. The library loads what it knows at the first."""
    service = apprise.Apprise()
    if not service.add(url):
        return "not a URL that apprise knows"
    # Said to be plain text: a name from the data must not become a link in HTML or Markdown.
    plain = apprise.NotifyFormat.TEXT
    is_taken = service.notify(title=notice.subject, body=notice.text, body_format=plain)
    return "" if is_taken else "the message was not taken"
