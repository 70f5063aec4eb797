"""`platform.yaml`: what the municipal platform is sent of each day, when and where to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field

from config.documents import read_document
from config.place import Strict, Text

if TYPE_CHECKING:
    from config.catalog import Feed


SENT_KIND: Final = "reports"  # the kind of feed whose figures are sent


class PlatformPlan(Strict):
    """The daily submission to the platform of the whole city (城市运行平台)."""

    source: Annotated[str, Field(min_length=3)]  # where schedule and address come from
    title: Text  # name of the platform
    feed: str  # feed of kind reports whose figures are sent
    url: str = ""  # where a day is posted to; empty: it is only written as a file
    secret: str = "PLATFORM"  # the key stands in the variable GRIDPULSE_SIGN_<secret>
    send_h: Annotated[float, Field(ge=0, le=72)] = 9  # hours after the end of the day, local
    # Days for which a report that comes late, or is corrected, is sent as a correction.
    correct_days: Annotated[int, Field(ge=0, le=100)] = 31


def read_platform(folder: Path, feeds: Mapping[str, Feed]) -> PlatformPlan | None:
    """Read what is sent, where the city has it.

    Raises
    ------
    ConfigError
        A field is wrong, or the feed is none of reports.
    """
    path = folder / "platform.yaml"
    if not path.is_file():
        return None
    file = read_document(path)
    plan = file.parse(PlatformPlan)
    sent = [name for name, feed in feeds.items() if feed.kind == SENT_KIND]
    if plan.feed not in sent:
        known = ", ".join(sent) or "none"
        wrong = f"expected a feed of kind {SENT_KIND} ({known}), found {plan.feed!r}"
        raise file.error(["feed"], wrong)
    if plan.url and urlsplit(plan.url).scheme not in {"http", "https"}:
        raise file.error(
            ["url"], f"expected an address that begins with https://, found {plan.url!r}"
        )
    return plan
