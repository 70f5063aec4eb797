"""Tells by mail: text and HTML in one letter, over STARTTLS unless told otherwise.

References
----------
RFC 5321, section 4.2.1: 4yz is for now, 5yz for good; RFC 3834: what no person wrote says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from typing import Final

import aiosmtplib

from config.settings import Settings
from models.messages.subscriptions import Subscription
from models.messages.warnings import CityWarning
from models.warnings.events import body_of
from models.warnings.notice import Titles, notice_of
from streams.sinks.channel import DEADLINE_S, Outcome

_FOR_GOOD: Final = 500  # of a recipient or a letter: another try can do no better


class MailSink:
    """Hands letters to one server.

    Parameters
    ----------
    settings : Settings
    titles : Titles
    """

    def __init__(self, settings: Settings, titles: Titles) -> None:
        self._settings = settings
        self._titles = titles

    async def send(self, to: Subscription, changes: Sequence[CityWarning]) -> Outcome:
        """Try once to hand a letter over."""
        given = self._settings
        if not (given.smtp_host and given.mail_from):
            return Outcome(
                delivered=False, detail="GRIDPULSE_SMTP_HOST and GRIDPULSE_MAIL_FROM are not set"
            )
        try:
            await aiosmtplib.send(
                self._letter(to, changes),
                hostname=given.smtp_host,
                port=given.smtp_port,
                username=given.smtp_user or None,
                password=given.smtp_password or None,
                use_tls=given.smtp_tls == "tls",
                start_tls=given.smtp_tls == "starttls",
                timeout=DEADLINE_S,
            )
        except aiosmtplib.SMTPAuthenticationError as error:  # ours to mend: not the receiver's word
            return Outcome(delivered=False, status=error.code, detail="the login was refused")
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0])
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome(delivered=False, detail=f"{type(error).__name__}: {error}"[:200])
        return Outcome(delivered=True, status=250)

    async def close(self) -> None:
        """Nothing stays open between letters."""

    def _letter(self, to: Subscription, changes: Sequence[CityWarning]) -> EmailMessage:
        notice = notice_of(changes, self._titles, to.language)
        letter = EmailMessage()
        letter["From"] = self._settings.mail_from
        letter["To"] = to.address
        letter["Subject"] = notice.subject
        letter["Date"] = formatdate()
        # The same in every try: a mailbox can know a repeat by it.
        domain = self._settings.mail_from.rpartition("@")[2].strip("> ") or "gridpulse"
        letter["Message-ID"] = f"<{body_of(changes).id}.{to.id}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter["Content-Language"] = to.language
        letter.set_content(notice.text)
        letter.add_alternative(notice.html, subtype="html")
        return letter


def _refused(error: aiosmtplib.SMTPResponseException) -> Outcome:
    return Outcome(
        delivered=False,
        status=error.code,
        detail=" ".join(str(error.message).split())[:200],
        is_final=error.code >= _FOR_GOOD,
    )
