"""Every topic, Redis key and header name of the system, and nowhere else."""

from __future__ import annotations

from typing import Final

# --- Kafka topics ---------------------------------------------------------------------------
RAW_PREFIX: Final = "raw."
FRAMES: Final = "frames"  # accepted readings, columnar, keyed by street
CASE_EVENTS: Final = "case-events"  # accepted case events, keyed by street
CASE_MODELS: Final = "case-models"  # newest trained prediction of breaches; compacted
LATE: Final = "late"  # readings and events past the allowed lateness
DEAD_LETTERS: Final = "dead-letters"  # what could not be processed, with its reason
PANES: Final = "panes"  # closed panes, columnar, keyed by district
SUMMARIES: Final = "street-summaries"  # what each street looks like now, keyed by district
HEALTH: Final = "feed-health"  # cumulative counters of ingest, keyed by district
LINE: Final = "line-health"  # how far behind each agent of a worker is, keyed by district
BASELINES: Final = "baselines"  # newest trained baseline of each metric; compacted
SIGNALS: Final = "signals"  # what is unusual or over a limit, keyed by district
COMMANDS: Final = "commands"  # what people ask for, keyed by district
MODES: Final = "modes"  # the newest switches of the operating mode, for every street partition
RESULTS: Final = "command-results"  # what became of each command, keyed by district
AUDIT: Final = "audit"  # each change of a warning and who made it, keyed by district
WARNINGS: Final = "warnings"  # each change of a warning, keyed by district
WATCHDOG: Final = "watchdog"  # heartbeats that came through to the warnings, keyed by district
SUBSCRIPTIONS: Final = "subscriptions"  # newest version of each subscription; compacted
RECEIPTS: Final = "receipts"  # proof of each delivery, keyed by district

# --- Kafka record headers -------------------------------------------------------------------
# Epoch milliseconds at which a record claims to have been sent, so that the clock check of ingest
# compares an old reading with its own day. It counts only beside one of the next two headers;
# otherwise a record was sent when it arrived.
SENT_HEADER: Final = "gp-sent"
REPLAY_HEADER: Final = "gp-replay"  # the run of a replay, signed where there is a key
RETRY_HEADER: Final = "gp-retry"  # a record that was set aside is sent again: the run of the retry
MARK_HEADER: Final = "gp-replay-mark"  # begin, heartbeat or end of a replay; the record has no data

# --- Redis keys -----------------------------------------------------------------------------
CHECKPOINTS: Final = "gp:checkpoint:"  # prefix of all checkpoints
SNAPSHOT: Final = "gp:snapshot"  # bytes of the newest models.situation.snapshot.Snapshot
SNAPSHOT_VERSION: Final = "gp:snapshot:version"  # its version, as decimal text
SNAPSHOT_CHANNEL: Final = "gp:snapshot:new"  # pub/sub wake-up; the key is the truth
BOOKS: Final = "gp:books"  # hash: epoch, number of changes and last sign of life of all books


def raw_topic(feed: str) -> str:
    """Name of the raw topic of a feed.

    Examples
    --------
    >>> raw_topic("dust")
    'raw.dust'
    """
    return f"{RAW_PREFIX}{feed}"


def checkpoint_key(agent: str, partition: int) -> str:
    """Redis hash that holds the checkpoint of one partition of an agent.

    Examples
    --------
    >>> checkpoint_key("panes", 3)
    'gp:checkpoint:panes:3'
    """
    return f"{CHECKPOINTS}{agent}:{partition}"


def book_keys(book: str) -> tuple[str, str, str]:
    """Redis keys of one book: its entries, the change that made each, and the settled ones.

    Examples
    --------
    >>> book_keys("warnings")
    ('gp:book:warnings:entries', 'gp:book:warnings:order', 'gp:book:warnings:settled')
    """
    prefix = f"gp:book:{book}:"
    return f"{prefix}entries", f"{prefix}order", f"{prefix}settled"


def duplicate_key(feed: str, event_id: str) -> str:
    """Redis key under which ingest remembers where a CloudEvents id was first seen.

    Examples
    --------
    >>> duplicate_key("dust", "gateway-7/81")
    'gp:seen:dust:gateway-7/81'
    """
    return f"gp:seen:{feed}:{event_id}"


def retried_key(dead_letter: str) -> str:
    """Redis key that says that a dead letter was sent again.

    Examples
    --------
    >>> retried_key("9f2c")
    'gp:retried:9f2c'
    """
    return f"gp:retried:{dead_letter}"


def ingest_key(process: str) -> str:
    """Redis key with a short life that says that an ingest process is alive, and its backlog.

    Examples
    --------
    >>> ingest_key("host-82")
    'gp:ingest:host-82'
    """
    return f"gp:ingest:{process}"


def worker_key(worker: str) -> str:
    """Redis key with a short life that says that a worker process is alive.

    Examples
    --------
    >>> worker_key("host-81")
    'gp:worker:host-81'
    """
    return f"gp:worker:{worker}"
