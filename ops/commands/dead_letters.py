"""`gridpulse dead-letters show|retry`: what was set aside, and sending it again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from models.messages.dead_letters import Rejected
    from ops.kafka.dead_letters import Fate

_REASON = typer.Option(None, "--reason", help="Only this reason, for example out-of-range.")
_FEED = typer.Option(None, "--feed", help="Only this feed.")
_JSON = typer.Option(False, "--json", help="One JSON object on stdout.")
_TOPIC = typer.Option("dead-letters", "--topic", help="dead-letters or late.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    letters = typer.Typer(help="Records that were not accepted.", no_args_is_help=True)
    letters.command()(show)
    letters.command()(retry)
    app.add_typer(letters, name="dead-letters")


def show(
    topic: str = _TOPIC,
    reason: str | None = _REASON,
    feed: str | None = _FEED,
    limit: int = typer.Option(20, "--limit", min=0, help="The newest so many."),
    wide: bool = typer.Option(False, "--wide", help="Do not wrap to the terminal's width."),
    as_json: bool = _JSON,
) -> None:
    """List what was set aside, with where it stood and why."""
    from config.settings import Settings
    from ops.kafka.dead_letters import read, select
    from ops.output import say

    _check_topic(topic)
    reasons: Counter[str] = Counter()
    newest: deque[Rejected] = deque(maxlen=limit)
    for record in select(read(Settings.from_env(), topic), reason=_known(reason), feed=feed):
        reasons[record.reason.value] += 1
        newest.append(record)
    values = {"topic": topic, "total": reasons.total(), "reasons": reasons, "records": list(newest)}
    if as_json:
        say(values, "", as_json=True)
    else:
        _print_table(topic, reasons, newest, wide=wide)


def retry(
    topic: str = _TOPIC,
    reason: str | None = _REASON,
    feed: str | None = _FEED,
    attempts: int = typer.Option(
        1, "--attempts", min=1, help="Send a record again at most so often in all."
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what would be sent."),
    as_json: bool = _JSON,
) -> None:
    """Send dead letters again to their raw topics, each once; truncated ones never.

    It ends where the dead letters end now: one that is refused again meanwhile is a new letter, and
    is sent once more only with a higher --attempts.
    """
    from config.loader import load
    from config.names import raw_topic
    from config.settings import Settings
    from ops.kafka.clients import writer
    from ops.kafka.dead_letters import Resender, read, select
    from ops.kafka.dead_letters import retry as send_again
    from ops.kafka.rights import require
    from ops.output import say

    _check_topic(topic)
    settings = Settings.from_env()
    found = select(read(settings, topic), reason=_known(reason), feed=feed)
    if not dry_run:
        require(settings, writes=map(raw_topic, load(settings).feeds))
    with writer(settings) as producer:
        resender = Resender(settings, producer)
        if dry_run:
            done = send_again(found, resender.is_new, lambda record: None, attempts=attempts)
        else:
            done = send_again(found, resender.claim, resender.send, attempts=attempts)
            resender.finish()
    counts = {fate.value.replace(" ", "_"): number for fate, number in done.items()}
    say({"dry_run": dry_run, **counts}, _sentence(done, dry_run=dry_run), as_json=as_json)


def _check_topic(topic: str) -> None:
    from models.messages.topics import topics_of

    kept = topics_of("one")
    if topic not in kept:
        msg = f"topic {topic!r}; expected one of {', '.join(sorted(kept))}"
        raise typer.BadParameter(msg)


def _sentence(counts: dict[Fate, int], *, dry_run: bool) -> str:
    """Say what a retry did."""
    from ops.kafka.dead_letters import Fate

    parts = [f"{counts[Fate.SENT]} {'would be sent' if dry_run else 'sent'} again"]
    notes = {
        Fate.SENT_BEFORE: "were sent again before",
        Fate.REFUSED_AGAIN: "were refused again after as many attempts (--attempts asks for more)",
        Fate.TRUNCATED: "cannot be sent: they were too large to be kept whole",
        Fate.NOT_RAW: "come from inside the system and are not sent",
    }
    parts += [f"{counts[fate]} {note}" for fate, note in notes.items() if counts[fate]]
    return "; ".join(parts)


def _known(reason: str | None) -> str | None:
    """Check the name of a reason."""
    from models.messages.dead_letters import Reason

    if reason is not None and reason not in {known.value for known in Reason}:
        msg = f"reason {reason!r}; known are {', '.join(Reason)}"
        raise typer.BadParameter(msg)
    return reason


def _print_table(
    topic: str, reasons: Counter[str], newest: Collection[Rejected], *, wide: bool
) -> None:
    """Print the newest records, and how many there are of each reason."""
    from ops.output import Column, print_table

    if not reasons:
        print(f"nothing in {topic}")
        return
    columns = [
        Column(name="where", is_key=True),
        *(Column(name=n) for n in ("reason", "why", "data")),
    ]
    title = f"{topic}: {len(newest)} of {reasons.total()}"
    print_table(columns, map(_line, newest), title=title, wide=wide)
    print(", ".join(f"{reason}: {number}" for reason, number in reasons.most_common()))


def _line(record: Rejected) -> tuple[str, str, str, str]:
    where = f"{record.topic}/{record.partition} @ {record.offset}"
    where += f" [{record.index}]" if record.index >= 0 else ""
    return where, record.reason.value, record.detail, record.data[:60].decode(errors="replace")
