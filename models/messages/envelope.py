"""The envelope of every message inside the system, and the one way to write and read a message.

Each value on an internal topic begins with eight ASCII characters, then comes the payload:

```
GP PANE 01 <payload>
│  │    └ version of the type, two digits: raised when its fields change their meaning or shape
│  └ tag of the type, four capital letters, unique over all topics
└ magic
```

How the payload is laid out belongs to the type: JSON for what people and other programs read
(`kafka-console-consumer … | cut -c9- | jq`), MessagePack for what only agents read, columns
(`models.messages.columns`) for thousands of rows. Which types travel on which topic stands in
`models.messages.topics`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Final, Literal, TypeVar

import msgspec

MAGIC: Final = b"GP"
HEADER_BYTES: Final = 8
_SHOWN_BYTES: Final = 12  # of something foreign, in an error text

Encoding = Literal["msgpack", "json"]


class MalformedMessage(ValueError):
    """The bytes are not a valid message of the topic they came from; the text says why."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all types of message; a columnar message has one as its header.

    Attributes
    ----------
    TAG : str
        Four capital letters, unique over all topics.
    VERSION : int
        1 to 99. Readers accept exactly this one.
    NAME : str
        What a message is called in an error text: "not a valid <NAME> message: …".
    ENCODING : {"msgpack", "json"}
    """

    TAG: ClassVar[str]
    VERSION: ClassVar[int] = 1
    NAME: ClassVar[str]
    ENCODING: ClassVar[Encoding] = "msgpack"


M = TypeVar("M", bound=Message)


@cache
def header_of(kind: type[Message]) -> bytes:
    """Give the eight bytes that every message of a type begins with.

    Examples
    --------
    >>> class Pane(Message):
    ...     TAG = "PANE"
    >>> header_of(Pane)
    b'GPPANE01'
    """
    return MAGIC + f"{kind.TAG}{kind.VERSION:02d}".encode("ascii")


def encode(message: Message) -> bytes:
    """Write a message that is not columnar; see `columns.encode` for those that are."""
    return header_of(type(message)) + encode_payload(message)


def encode_payload(message: Message) -> bytes:
    """Write a message without its envelope, such as the header of a columnar one."""
    return _encoder(type(message)).encode(message)


def decode(kind: type[M], data: bytes) -> M:
    """Read a message of one type.

    Raises
    ------
    MalformedMessage
        It has another tag or version, or its payload does not fit the type.
    """
    check_header(kind, data)
    return decode_part(kind, data, HEADER_BYTES, len(data))


def decode_part(kind: type[M], data: bytes, start: int, end: int) -> M:
    """Read what stands between two bytes of a message; raises MalformedMessage."""
    try:
        message: M = _decoder(kind).decode(memoryview(data)[start:end])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise malformed(kind.NAME, str(error)) from error
    return message


def check_header(kind: type[Message], data: bytes) -> None:
    """Make sure that a message begins as its type does; raises MalformedMessage."""
    if data[:HEADER_BYTES] != header_of(kind):
        raise malformed(kind.NAME, why_not(data, [kind]))


def malformed(name: str, why: str) -> MalformedMessage:
    """Put into a sentence why some bytes are not a message."""
    return MalformedMessage(f"not a valid {name} message: {why}")


def why_not(data: bytes, kinds: list[type[Message]]) -> str:
    r"""Say what is wrong with the header of a message that should be of one of some types.

    Examples
    --------
    >>> class Pane(Message):
    ...     TAG = "PANE"
    >>> why_not(b"GPPANE07...", [Pane])
    'version 7, expected 1'
    >>> why_not(b"GPWARN01{}", [Pane])
    "tag 'WARN', expected 'PANE'"
    >>> why_not(b'{"value": 1}', [Pane])
    'it begins with b\'{"value": 1}\', expected b\'GPPANE01\''
    """
    head = data[:HEADER_BYTES]
    if not data:
        return "it is empty"
    tag, version = head[2:6].decode("ascii", "replace"), head[6:]
    expected = {kind.TAG: kind.VERSION for kind in kinds}
    if not head.startswith(MAGIC) or not (tag.isupper() and version.isdigit()):
        heads = " or ".join(repr(header_of(kind)) for kind in kinds)
        return f"it begins with {data[:_SHOWN_BYTES]!r}, expected {heads}"
    if tag not in expected:
        return f"tag {tag!r}, expected {' or '.join(map(repr, expected))}"
    return f"version {int(version)}, expected {expected[tag]}"


@cache
def _encoder(kind: type[Message]) -> msgspec.json.Encoder | msgspec.msgpack.Encoder:
    return msgspec.json.Encoder() if kind.ENCODING == "json" else msgspec.msgpack.Encoder()


@cache
def _decoder(kind: type[Message]) -> Any:
    module = msgspec.json if kind.ENCODING == "json" else msgspec.msgpack
    return module.Decoder(kind)
