"""What Redis does as one step with a checkpoint: scripts, their arguments and their answers.

Fields that begin with @ belong to the checkpoint itself:

- `@owner`: token of the newest claim; earlier owners are refused (fencing)
- `@format`: layout of all fields (`fields.FORMAT`)
- `@saves`: number of the newest save
- `@clean`: the last owner ended in order
- `@mark`: what an owner was about to do after its predecessor had ended otherwise
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from config.errors import GridpulseError
from streams.host.fields import FORMAT, seal

OWNER: Final = b"@owner"
SAVED: Final = b"saved"
FENCED: Final = b"fenced"
_REFUSED: Final = b"refused"

# ARGV: owner, format
CLAIM: Final = """
local old = redis.call('HMGET', KEYS[1], '@owner', '@format', '@saves', '@clean', '@mark')
if old[1] and old[2] ~= ARGV[2] then return 'refused' end
local saves = tonumber(old[3] or '0') or 0
local clean = '0'
if not old[1] or old[4] then clean = '1' end
redis.call('HSET', KEYS[1], '@owner', ARGV[1], '@format', ARGV[2], '@saves', saves)
if old[1] ~= ARGV[1] then redis.call('HDEL', KEYS[1], '@clean') end
return saves .. ' ' .. clean .. ' ' .. (old[5] or '')
"""

# ARGV: owner, number of this save, count of pairs, pairs …, fields to delete …
SAVE: Final = """
local found = redis.call('HMGET', KEYS[1], '@owner', '@saves')
if not found[1] then return 'lost' end
if found[1] ~= ARGV[1] then return 'fenced' end
local saves, this = tonumber(found[2]), tonumber(ARGV[2])
if saves == this then return 'saved' end -- a repeat: the answer to the first try was lost
if saves ~= this - 1 then return 'lost' end
local last = 3 + 2 * tonumber(ARGV[3])
for first = 4, last, 1000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, first, math.min(first + 999, last)))
end
for first = last + 1, #ARGV, 1000 do
  redis.call('HDEL', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('HSET', KEYS[1], '@saves', this)
redis.call('HDEL', KEYS[1], '@mark')
return 'saved'
"""

# ARGV: owner, mark; an empty one says that the owner ends in order
MARK: Final = """
if redis.call('HGET', KEYS[1], '@owner') ~= ARGV[1] then return 'fenced' end
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], '@mark', ARGV[2])
else
  redis.call('HSET', KEYS[1], '@clean', '1')
  redis.call('HDEL', KEYS[1], '@mark')
end
return 'saved'
"""

Changes = Mapping[bytes, bytes | None]


class CheckpointLost(GridpulseError):
    """A checkpoint is gone, or older than it was left: the state in memory has no base any more."""


class CheckpointRefused(GridpulseError):
    """A checkpoint was written by another version of this program."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a new owner finds.

    Attributes
    ----------
    fields : mapping of bytes to bytes
        Fields of the checkpoint; none where it is new, or was damaged.
    was_clean : bool
        The owner before ended in order, or there was none.
    mark : bytes
        What the owner before was about to do; empty unknown.
    """

    fields: Mapping[bytes, bytes]
    was_clean: bool = True
    mark: bytes = b""


class Saves:
    """Numbers the saves of each claimed checkpoint; what both clients share."""

    def __init__(self) -> None:
        self._saves: dict[str, int] = {}

    def begin(self, key: str, answer: bytes) -> tuple[bool, bytes]:
        """Read the answer of `CLAIM`: whether the end before was clean, and the mark.

        Raises
        ------
        CheckpointRefused
            The checkpoint has another format.
        """
        if answer == _REFUSED:
            raise refusal(key)
        saves, clean, mark = answer.split(b" ", 2)
        self._saves[key] = int(saves)
        return clean == b"1", mark

    def arguments(self, key: str, owner: str, changes: Changes) -> list[bytes | str | int]:
        """Arguments of `SAVE`; raises KeyError where `key` was never claimed."""
        pairs: list[bytes | str | int] = []
        deleted: list[bytes] = []
        for name, value in changes.items():
            if name.startswith(b"@"):
                msg = f"field {name!r}: names that begin with @ belong to the checkpoint itself"
                raise ValueError(msg)
            if value is None:
                deleted.append(name)
            else:
                pairs += (name, seal(name, value))
        return [owner, self._saves[key] + 1, len(pairs) // 2, *pairs, *deleted]

    def accept(self, key: str, answer: bytes) -> bool:
        """Read the answer of `SAVE`; raises CheckpointLost."""
        if answer == SAVED:
            self._saves[key] += 1
            return True
        if answer == FENCED:
            return False
        raise lost(key)


def lost(key: str) -> CheckpointLost:
    """Say that a checkpoint is gone."""
    return CheckpointLost(
        f"the checkpoint {key} in Redis is gone or older than it was left; "
        "start again: what is missing is read once more from Kafka"
    )


def refusal(key: str) -> CheckpointRefused:
    """Say that a checkpoint is of another version, and how to go on."""
    return CheckpointRefused(
        f"the checkpoint {key} in Redis was written by another version of Gridpulse (this one "
        f"reads format {FORMAT}); stop ingest and workers, run `gridpulse checkpoints discard` and "
        "start them: the state is rebuilt from the topics"
    )
