"""The hand-over between two shifts: what the outgoing one writes and the incoming one signs."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

import msgspec
from msgspec import Meta

from models.messages.bounds import Small, TimeMs
from models.messages.command_results import Refusal
from models.messages.commands import Actor, CommandId, Role
from models.messages.envelope import Message

NoteWords = Annotated[str, Meta(max_length=2000)]
EventName = Annotated[str, Meta(max_length=100)]


class HandoverCommand(Message, frozen=True, kw_only=True):
    """A request to write a note, or to sign one.

    Attributes
    ----------
    id : str
        Given by the sender; a command that comes twice is carried out once and answered alike. Of a
        note that is written it becomes the name.
    event : str
        Name of the major event that a new note is about; empty where one is signed.
    note : str
        Which note is signed; empty: a new one is written.
    actor, role : str
        Who asks, and as what.
    text : str
        The note; of a signature a remark, which may be empty.
    sent_ms : int
        The sender's clock; the broker's counts where it is known.
    """

    TAG = "HNDC"
    NAME = "hand-over command"
    ENCODING = "json"

    id: CommandId
    event: EventName = ""
    note: Annotated[str, Meta(max_length=64)] = ""
    actor: Actor
    role: Role
    text: NoteWords = ""
    sent_ms: TimeMs

    @property
    def fingerprint(self) -> str:
        """What is asked and by whom, as 32 hexadecimal digits; alike when it is sent again."""
        asked = (self.id, self.actor, self.event, self.note, self.text)
        return blake2b(msgspec.json.encode(asked), digest_size=16).hexdigest()


class HandoverNote(Message, frozen=True, kw_only=True):
    """A note as it stands: written (revision 0), or signed as well (revision 1).

    Attributes
    ----------
    id, event, text : str
    writer, writer_role : str
        Who handed over, and as what.
    written_ms : int
        Wall clock, as `signed_ms`.
    signer : str
        Who took over; empty as long as nobody has signed.
    signer_role : Role or None
    remark : str
        Of who took over.
    signed_ms : int
        0 as long as nobody has signed.
    """

    TAG = "HNDN"
    NAME = "hand-over note"
    ENCODING = "json"

    id: CommandId
    event: EventName
    revision: Small
    text: NoteWords
    writer: Actor
    writer_role: Role
    written_ms: TimeMs
    signer: Annotated[str, Meta(max_length=64)] = ""
    signer_role: Role | None = None
    remark: NoteWords = ""
    signed_ms: TimeMs = 0


class HandoverResult(Message, frozen=True, kw_only=True):
    """The answer to a command.

    Attributes
    ----------
    id : str
        Of the command.
    asked : str
        Fingerprint of the command: another one may have come under its id.
    refusal : Refusal or None
        None where it was carried out.
    explanation : dict of str to str
        For people, in zh and en.
    note : str
        Name of the note that was written or signed; empty where there is none.
    decided_ms : int
        Wall clock.
    """

    TAG = "HNDR"
    NAME = "hand-over result"
    ENCODING = "json"

    id: CommandId
    asked: Annotated[str, Meta(max_length=32)] = ""
    refusal: Refusal | None = None
    explanation: dict[str, str] = {}
    note: Annotated[str, Meta(max_length=64)] = ""
    decided_ms: TimeMs
