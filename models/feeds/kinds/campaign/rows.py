"""The checks of a feed of a campaign.

A row: `{"object": id, "type": …, "state": code, "team": code, "ts": …}` with a place. `planned`
tells of an object that has to be covered; `visited` covers it; `rechecked` and `spot-checked` say
which state somebody else found. In a `MatterRecord`: `subject` is the object, `what` the type,
`state` the state, `who` the team.
"""

from __future__ import annotations

from typing import Any, Literal

from models.feeds.decode import Label, Name
from models.feeds.kinds.campaign.config import CampaignFeed
from models.matters.personal import personal_shape
from models.matters.rows import MatterRows, WireMatter, not_among
from models.messages.dead_letters import Reason

PLANNED = "planned"
VISITED = "visited"
RECHECKED = "rechecked"
SPOT = "spot-checked"


class WireVisit(WireMatter, gc=False):
    """A visit, or what was planned, as sent."""

    object: Name = ""
    type: Literal["planned", "visited", "rechecked", "spot-checked"] = "visited"
    state: Label = ""
    team: Label = ""


class CampaignRows(MatterRows[WireVisit, CampaignFeed]):
    """What ingest does with a feed of the kind `campaign`."""

    def judge(self, row: WireVisit) -> tuple[Reason, str] | None:
        """Say why a row cannot be: a state or team that is not declared, or a person as team."""
        feed = self.feed
        if not row.object:
            return Reason.UNKNOWN_OBJECT, "object is missing: the id of what was visited"
        is_stateless = row.type == PLANNED and not row.state
        if not is_stateless and row.state not in feed.states:
            return Reason.UNKNOWN_STATE, not_among("state", row.state, feed.states)
        if feed.teams and row.team and row.team not in feed.teams:
            return Reason.UNKNOWN_UNIT, not_among("team", row.team, feed.teams)
        if row.team not in feed.teams and (shape := personal_shape(row.team)):
            return Reason.PERSONAL_DATA, f"team holds what looks like {shape}; send a code"
        return None

    def packed(self, row: WireVisit) -> dict[str, Any]:
        """Give the fields of the record."""
        return {"subject": row.object, "what": row.type, "state": row.state, "who": row.team}
