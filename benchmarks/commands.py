"""From a command to the changed warning at a listener: `python -m benchmarks.commands URL`.

Sends comments on a warning of a running system (`gridpulse demo`, or one with a token of scope
`command`) one after the other, and says after how long its answer came and `GET /api/v1/events`
told the change.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from contextlib import suppress
from typing import Any

import httpx

API = "/api/v1"


class Listener:
    """Follows `/events` in a thread and notes when each revision came."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._heard: dict[tuple[str, int], float] = {}
        self._news = threading.Condition()
        self.is_ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def wait(self, warning: str, revision: int, limit_s: float = 10.0) -> float:
        """Give when a revision was told."""
        with self._news:
            if not self._news.wait_for(lambda: (warning, revision) in self._heard, limit_s):
                msg = f"{warning} revision {revision} was not told within {limit_s:g} s"
                raise TimeoutError(msg)
            return self._heard[warning, revision]

    def _run(self) -> None:
        kind = ""
        with (
            suppress(httpx.TransportError),
            self._client.stream("GET", f"{API}/events", timeout=None) as stream,
        ):
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                    self.is_ready.set()
                elif name == "data" and kind == "warning":
                    self._note(json.loads(value))

    def _note(self, warning: dict[str, Any]) -> None:
        with self._news:
            self._heard[warning["id"], warning["revision"]] = time.perf_counter()
            self._news.notify_all()


def measure(url: str, count: int, token: str) -> tuple[list[float], list[float]]:
    """Give the times to the answer and to the listener, milliseconds."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answered, heard = [], []
    with httpx.Client(base_url=url, headers=headers, timeout=10) as client:
        listener = Listener(client)
        listener.is_ready.wait(10)
        for number in range(count):
            warning = client.get(f"{API}/warnings", params={"limit": 1}).json()["items"][0]
            body = {
                "revision": warning["revision"],
                "action": {"do": "comment"},
                "text": f"measured, {number}",
            }
            began = time.perf_counter()
            answer = client.post(f"{API}/warnings/{warning['id']}/commands", json=body)
            answered.append(1000 * (time.perf_counter() - began))
            if answer.status_code == 409:  # it changed by itself in between
                answered.pop()
                continue
            answer.raise_for_status()
            revision = answer.json()["result"]["revision"]
            heard.append(1000 * (listener.wait(warning["id"], revision) - began))
            time.sleep(0.2)
    return answered, heard


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of the wall, such as http://127.0.0.1:8050")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--token", default="")
    given = parser.parse_args()
    for name, times in zip(
        ("answer", "listener"), measure(given.url, given.count, given.token), strict=True
    ):
        p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
        print(f"{name}: n {len(times)}, p50 {statistics.median(times):.0f} ms, p99 {p99:.0f} ms")


if __name__ == "__main__":
    main()
