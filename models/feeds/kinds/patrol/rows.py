"""The checks of a feed of positions.

A row: `{"post": "S-012", "free": true, "ts": …}` with a place. A post is a number of the roster,
never a name. In a `MatterRecord`: `subject` is the post, `what` `free` or `busy`.
"""

from __future__ import annotations

from typing import Any, Final

from models.feeds.decode import Name
from models.feeds.kinds.patrol.config import PatrolFeed
from models.feeds.place import Gazetteer
from models.feeds.private import PrivateDecoder
from models.matters.rows import MatterRows, WireMatter
from models.messages.dead_letters import Reason

FREE: Final = "free"
BUSY: Final = "busy"


class WirePosition(WireMatter, gc=False, kw_only=True):
    """A position as sent."""

    post: Name
    free: bool = True


class PatrolRows(MatterRows[WirePosition, PatrolFeed]):
    """What ingest does with a feed of the kind `patrol`.

    Parameters
    ----------
    feed : PatrolFeed
    gazetteer : Gazetteer
    """

    def __init__(self, feed: PatrolFeed, gazetteer: Gazetteer) -> None:
        super().__init__(feed, gazetteer, WirePosition)
        self.decoder = PrivateDecoder(WirePosition, ())

    def judge(self, row: WirePosition) -> tuple[Reason, str] | None:
        """Take every post: what looks like a person was refused while it was decoded."""
        del row
        return None

    def packed(self, row: WirePosition) -> dict[str, Any]:
        """Give the fields of the record."""
        return {"subject": row.post, "what": FREE if row.free else BUSY}
