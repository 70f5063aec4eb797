"""Mail, to a real SMTP server on loopback: what arrives, and what becomes of a refusal."""

from __future__ import annotations

import email
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from config.settings import Settings
from models.messages.subscriptions import Channel, Subscription
from models.messages.warnings import CityWarning
from models.warnings.notice import Titles, notice_of
from ops.processes.ports import free_port
from streams.sinks.channel import Outcome
from streams.sinks.mail import MailSink
from tests.models.warnings.test_routing import CATALOG, SUBSCRIPTION
from tests.models.warnings.test_routing import WARNING as PLAIN
from tests.streams.sinks.mute import mute_server

TITLES = Titles(CATALOG)
WARNING = msgspec.structs.replace(
    PLAIN,
    updated_ms=1_718_000_000_000,
    explanation={"zh": "PM10 <超标>。", "en": "PM10 <over> & above."},
    suggestion={"zh": "洒水。", "en": "Spray water."},
    owner={"zh": "环保局", "en": "Bureau"},
)


class Mailbox:
    """Answers RCPT and DATA with what it was given, and keeps letters."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.rcpt = self.data = "250 OK"
        self.recipients: list[str] = []

    async def handle_RCPT(self, *given: Any) -> str:
        _, _, envelope, address, _ = given
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, *given: Any) -> str:
        _, _, envelope = given
        if self.data.startswith("250"):
            letter = email.message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            self.recipients += envelope.rcpt_tos
        return self.data


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def asking(**more: Any) -> Subscription:
    return msgspec.structs.replace(SUBSCRIPTION, channel=Channel.MAIL, **more)


async def tried(port: int, *changes: CityWarning, to: Subscription, **more: Any) -> Outcome:
    settings = Settings(
        **{
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_tls": "none",
            "mail_from": "Gridpulse <gp@example.org>",
            **more,
        }
    )
    return await MailSink(settings, TITLES).send(to, changes or [WARNING])


async def test_a_letter_arrives_in_text_and_html(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    assert (await tried(port, to=asking())).delivered
    assert (await tried(port, to=asking(language="en"))).delivered
    first, second = box.letters
    assert box.recipients == ["desk@example.org"] * 2
    assert first["Subject"] == "橙色预警 · 东华门街道 · 局地扬尘超常 · 发布"
    assert second["Subject"] == "orange warning · Donghuamen · Local dust excess · raised"
    assert first["Message-ID"] == second["Message-ID"] == "<w_r0.desk@example.org>"
    assert first["Auto-Submitted"] == "auto-generated"
    text, html = (part.get_content() for part in second.iter_parts())
    assert "PM10 <over> & above." in text
    assert "To do: Spray water." in text
    assert "2024-06-10 14:13 +0800" in text
    assert "PM10 &lt;over&gt; &amp; above." in html
    assert '<html lang="en">' in html


async def test_several_changes_are_one_letter_the_worst_first(
    mailbox: tuple[Mailbox, int],
) -> None:
    box, port = mailbox
    red = msgspec.structs.replace(WARNING, id="v", level=4)
    await tried(port, WARNING, red, to=asking(language="en"))
    (letter,) = box.letters
    assert letter["Subject"] == "2 changes of warnings, up to red"
    text = next(letter.iter_parts()).get_content()
    assert text.index("red warning") < text.index("orange warning")


@pytest.mark.parametrize(
    ("stage", "answer", "status", "is_final"),
    [
        ("rcpt", "451 4.7.1 greylisted, try later", 451, False),
        ("rcpt", "550 5.1.1 no such user", 550, True),
        ("data", "452 4.2.2 mailbox full", 452, False),
        ("data", "554 5.7.1 refused", 554, True),
    ],
)
async def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(
    mailbox: tuple[Mailbox, int], stage: str, answer: str, status: int, is_final: bool
) -> None:
    box, port = mailbox
    setattr(box, stage, answer)
    outcome = await tried(port, to=asking())
    assert (outcome.delivered, outcome.status, outcome.is_final) == (False, status, is_final)
    assert answer.split(" ", 2)[2] in outcome.detail
    setattr(box, stage, "250 OK")
    assert (await tried(port, to=asking())).delivered


async def test_a_server_without_starttls_gets_no_letter(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    outcome = await tried(port, to=asking(), smtp_tls="starttls")
    assert (outcome.delivered, outcome.is_final) == (False, False)
    assert "STARTTLS" in outcome.detail
    assert box.letters == []


async def test_a_refused_login_is_ours_to_mend(mailbox: tuple[Mailbox, int]) -> None:
    del mailbox
    port = free_port()
    controller = Controller(
        Mailbox(),
        hostname="127.0.0.1",
        port=port,
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
    )
    controller.start()
    try:
        outcome = await tried(port, to=asking(), smtp_user="gp", smtp_password="wrong")
    finally:
        controller.stop()
    assert (outcome.status, outcome.is_final) == (535, False)
    assert "wrong" not in outcome.detail


async def test_a_server_that_is_away_or_mute_fails_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not (await tried(free_port(), to=asking())).delivered
    monkeypatch.setattr("streams.sinks.mail.DEADLINE_S", 0.3)
    async with mute_server() as port:
        outcome = await tried(port, to=asking())
    assert (outcome.delivered, outcome.is_final) == (False, False)
    assert "Timeout" in outcome.detail


async def test_without_a_server_nothing_is_sent() -> None:
    outcome = await MailSink(Settings(), TITLES).send(asking(), [WARNING])
    assert outcome.detail == "GRIDPULSE_SMTP_HOST and GRIDPULSE_MAIL_FROM are not set"


def test_no_word_of_a_warning_can_break_a_letter() -> None:
    hostile = msgspec.structs.replace(
        WARNING,
        rule="x\r\nBcc: all@example.org",
        explanation={"zh": "<script>\x00</script>", "en": "\x1b[2J"},
    )
    notice = notice_of([hostile], TITLES, "zh")
    assert "\n" not in notice.subject and "\r" not in notice.subject
    assert "<script>" not in notice.html
    assert "\x00" not in notice.text + notice.html
