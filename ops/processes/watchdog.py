"""The watchdog: listens for heartbeats from outside the line, and tells of their absence itself.

It shares nothing with the workers but Kafka, and needs it only to read: without a
broker it hears nothing, and tells so. What it tells goes by a webhook and mail of its own.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import httpx
import msgspec

from config import names
from config.catalog import Catalog
from config.errors import ConfigError, GridpulseError
from config.settings import Settings
from models.messages.envelope import MalformedMessage
from models.messages.heartbeats import Heartbeat
from models.messages.topics import decode
from models.warnings.watchdog import LineState, Watch, heard, judged
from ops.kafka import clients
from ops.kafka.topic_reader import partitions_of
from ops.processes.signals import Stop
from streams import logs
from streams.sinks.channel import DEADLINE_S
from streams.sinks.webhook import signed_headers, signing_key

_LOOK_S: Final = 1.0
_AGAIN_S: Final = 10.0  # until what was not taken is told again
_ANSWER_S: Final = 10.0
_ADDRESS: Final = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")

log = logs.get(__name__)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the watchdog reports of the line.

    Attributes
    ----------
    state : str
        `silent`, `behind` or `back`.
    city : str
        Name of the district's folder.
    heard, told : str
        When a heartbeat came last, and when this was decided; ISO 8601, local time.
    age_s : float
        How old that heartbeat was when it came.
    text : dict of str to str
        A sentence a language.
    """

    state: str
    city: str
    heard: str
    told: str
    age_s: float
    text: dict[str, str]
    type: str = "gridpulse.watchdog"


class Teller(Protocol):
    """A way to people that does not lead through the line."""

    def __call__(self, report: Report) -> None:
        """Tell; raises OSError or httpx.HTTPError where it did not arrive."""
        ...


class WebhookTeller:
    """Posts a report, signed as warnings are."""

    def __init__(self, url: str, secret: str) -> None:
        self._url, self._secret = url, secret

    def __call__(self, report: Report) -> None:
        """Post once; a redirect is not an answer."""
        body, now_s = msgspec.json.encode(report), int(time.time())
        name = f"watchdog_{report.state}_{report.told}"
        headers = {"Content-Type": "application/json", "webhook-id": name}
        if self._secret:
            headers |= signed_headers(signing_key(self._secret), name, now_s, body)
        answer = httpx.post(self._url, content=body, headers=headers, timeout=DEADLINE_S)
        if not answer.is_success:
            msg = f"the receiver answered {answer.status_code}"
            raise httpx.HTTPError(msg)


class MailTeller:
    """Writes a report to one address, so that another that is refused holds nothing up."""

    def __init__(self, settings: Settings, to: str) -> None:
        self._settings, self._to = settings, to

    def __call__(self, report: Report) -> None:
        """Hand one letter over; what smtplib raises is an OSError."""
        given = self._settings
        with self._connected() as server:
            if given.smtp_tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if given.smtp_user:
                server.login(given.smtp_user, given.smtp_password)
            server.send_message(self._letter(report))

    def _connected(self) -> smtplib.SMTP:
        given = self._settings
        host, port = given.smtp_host, given.smtp_port
        if given.smtp_tls == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=DEADLINE_S, context=context)
        return smtplib.SMTP(host, port, timeout=DEADLINE_S)

    def _letter(self, report: Report) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._settings.mail_from, self._to
        letter["Subject"] = f"{report.text['zh']} / Gridpulse {report.city}: {report.state}"
        letter["Date"] = formatdate()
        letter["Auto-Submitted"] = "auto-generated"
        letter["X-Priority"] = "1"
        heard_at = f"心跳 / heartbeat: {report.heard}"
        letter.set_content(f"{report.text['zh']}\n{report.text['en']}\n\n{heard_at}\n")
        return letter


class Watchdog:
    """Reads heartbeats and reports on the line; repeats a report until it has arrived.

    Parameters
    ----------
    city, zone : str
    tellers : sequence of Teller
        Each is tried until it has taken what there is to tell; only the newest is kept.
    limit_ms : int
        The longest time without a heartbeat.
    now_ms : int
        Wall clock at which the watch begins.
    """

    def __init__(
        self, city: str, zone: str, tellers: Sequence[Teller], limit_ms: int, now_ms: int
    ) -> None:
        self._city, self._zone = city, ZoneInfo(zone)
        self._limit_ms = limit_ms
        self._watch = Watch(heard_ms=now_ms)
        self._tellers = tellers
        self._waiting: dict[int, Report] = {}  # by teller
        self._tried_ms = 0

    def hear(self, begun_ms: int, now_ms: int) -> None:
        """Take a heartbeat in."""
        self._watch = heard(self._watch, begun_ms, now_ms)

    def look(self, now_ms: int) -> None:
        """Decide, and tell what is to be told."""
        self._watch, state = judged(self._watch, now_ms, self._limit_ms)
        if state is not None:
            report = self._report(state, now_ms)
            level = log.info if state is LineState.BACK else log.critical
            level(report.text["en"], state=state.value)
            self._waiting = dict.fromkeys(range(len(self._tellers)), report)
        elif now_ms - self._tried_ms < _AGAIN_S * 1000:
            return
        self._tried_ms = now_ms
        for number, report in list(self._waiting.items()):
            try:
                self._tellers[number](report)
            except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
                log.error("the watchdog could not tell it and tries again", why=str(error))
            else:
                del self._waiting[number]

    def _report(self, state: LineState, now_ms: int) -> Report:
        heard_at, now = (
            datetime.fromtimestamp(ms / 1000, self._zone) for ms in (self._watch.heard_ms, now_ms)
        )
        minutes = max(now_ms - self._watch.heard_ms, self._watch.age_ms) // 60_000
        texts = {
            LineState.SILENT: {
                "zh": f"城脉整条数据链路已{minutes}分钟没有心跳：预警可能发不出来，请立即检查。",
                "en": f"Gridpulse has had no heartbeat for {minutes} min: warnings may not come "
                "through; look after it now.",
            },
            LineState.BEHIND: {
                "zh": f"城脉数据链路落后{minutes}分钟：预警会迟到，请检查。",
                "en": f"Gridpulse is {minutes} min behind: warnings come late; look after it.",
            },
            LineState.BACK: {
                "zh": "城脉数据链路心跳已恢复。",
                "en": "Gridpulse has its heartbeat again.",
            },
        }
        return Report(
            state=state.value,
            city=self._city,
            heard=heard_at.isoformat(timespec="seconds"),
            told=now.isoformat(timespec="seconds"),
            age_s=round(self._watch.age_ms / 1000, 1),
            text=texts[state],
        )


def run(
    settings: Settings,
    catalog: Catalog,
    stop: Stop,
    clock: Callable[[], float] = time.time,
) -> None:
    """Watch until told to stop; whatever becomes of Kafka, it goes on."""
    logs.configure(settings.log_format)
    tellers = tellers_of(settings)
    if not tellers:
        log.warning(
            "neither GRIDPULSE_WATCHDOG_URL nor GRIDPULSE_WATCHDOG_MAIL is set: a silence is "
            "written to this log alone"
        )
    watchdog = Watchdog(
        settings.city,
        catalog.city.timezone,
        tellers,
        round(settings.watchdog_minutes * 60_000),
        round(clock() * 1000),
    )
    log.info("the watchdog listens", minutes=settings.watchdog_minutes)
    while not stop.is_set():
        try:
            for begun_ms in _heartbeats(settings, stop):
                now_ms = round(clock() * 1000)
                if begun_ms is not None:
                    watchdog.hear(begun_ms, now_ms)
                watchdog.look(now_ms)
        except GridpulseError as error:
            log.error("the watchdog hears nothing", why=str(error))
            watchdog.look(round(clock() * 1000))
            stop.wait(_LOOK_S)


def tellers_of(settings: Settings) -> list[Teller]:
    """Give the ways to people that the settings name.

    Raises
    ------
    ConfigError
        An address is none, or there is no server to hand letters to.
    """
    found: list[Teller] = []
    if settings.watchdog_url:
        found.append(WebhookTeller(settings.watchdog_url, settings.watchdog_secret))
    addresses = [each.strip() for each in settings.watchdog_mail.split(",") if each.strip()]
    if addresses and not (settings.smtp_host and settings.mail_from):
        msg = "GRIDPULSE_WATCHDOG_MAIL needs GRIDPULSE_SMTP_HOST and GRIDPULSE_MAIL_FROM"
        raise ConfigError(msg)
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            msg = f"GRIDPULSE_WATCHDOG_MAIL: expected addresses name@host, found {address!r}"
            raise ConfigError(msg)
        found.append(MailTeller(settings, address))
    return found


def _heartbeats(settings: Settings, stop: Stop) -> Iterator[int | None]:
    """Give when each new heartbeat was begun, and None about once a second.

    Raises
    ------
    GridpulseError
        Kafka does not answer, or has no such topic.
    """
    with clients.reader(settings, _ANSWER_S) as consumer:
        partitions = partitions_of(settings, consumer, names.WATCHDOG)
        consumer.assign(partitions)
        consumer.seek_to_end(*partitions)
        while not stop.is_set():
            for records in consumer.poll(round(_LOOK_S * 1000)).values():
                for record in records:
                    yield _begun_ms(record)
            yield None


def _begun_ms(record: Any) -> int | None:
    """Read a heartbeat; a record that is not valid is skipped."""
    try:
        message = decode(names.WATCHDOG, record.value or b"")
    except MalformedMessage:
        return None
    return message.begun_ms if isinstance(message, Heartbeat) else None
