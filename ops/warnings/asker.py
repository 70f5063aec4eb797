"""Asks for changes of warnings for a server: one connection, many commands at once.

A thread follows `command-results` and hands each answer to whoever waits for it. It connects by
itself and again after every failure; a command is refused while it does not listen, since its
answer would be missed.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final

from config import names
from config.errors import GridpulseError, ServerUnavailable
from config.settings import Settings
from models.messages.command_results import CommandResult
from models.messages.commands import Command
from models.messages.envelope import MalformedMessage, encode
from models.messages.handovers import HandoverCommand, HandoverResult
from models.messages.topics import decode
from ops.kafka import clients
from ops.kafka.rights import require
from ops.kafka.topic_reader import partitions_of

_TAKEN_S: Final = 3.0  # until Kafka has a command
_POLL_MS: Final = 100
_AGAIN_S: Final = 2.0
_MOST_WAITING: Final = 500

AnyResult = CommandResult | HandoverResult


class Asker:
    """Sends commands and waits for their answers.

    Parameters
    ----------
    settings : Settings
    district : str
        Key of the commands.
    """

    def __init__(self, settings: Settings, district: str) -> None:
        self._settings = settings
        self._key = district.encode()
        self._waiting: dict[tuple[type, str], list[Future[AnyResult]]] = {}
        self._lock = threading.Lock()
        self._producer: Any = None
        self._why = "it has not been reached yet"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="answers", daemon=True)

    def start(self) -> None:
        """Begin to listen, in a thread that never ends by itself."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._ended.set()
        self._thread.join(5)

    async def ask(self, command: Command, wait_s: float) -> CommandResult | None:
        """Send a command and wait for its answer; None where none came in time.

        Raises
        ------
        ServerUnavailable
            Kafka is not there, or did not take it.
        """
        result = await self._asked(command, wait_s)
        return result if isinstance(result, CommandResult) else None

    async def ask_handover(self, command: HandoverCommand, wait_s: float) -> HandoverResult | None:
        """Ask for a hand-over, as `ask` asks for a change of a warning."""
        result = await self._asked(command, wait_s)
        return result if isinstance(result, HandoverResult) else None

    async def _asked(self, command: Command | HandoverCommand, wait_s: float) -> AnyResult | None:
        waiting, wanted = Future[AnyResult](), _wanted(command)
        producer = self._connected()
        with self._lock:
            if sum(map(len, self._waiting.values())) >= _MOST_WAITING:
                msg = "the command was not sent: too many wait for their answer; try again"
                raise ServerUnavailable(msg)
            self._waiting.setdefault(wanted, []).append(waiting)
        try:
            value = encode(command)
            await asyncio.to_thread(self._send, producer, names.COMMANDS, self._key, value)
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.wrap_future(waiting), wait_s)
            return None
        finally:
            self._forget(wanted, waiting)

    def publish(self, topic: str, key: str, value: bytes) -> None:
        """Send one message; returns when Kafka has it.

        Raises
        ------
        ServerUnavailable
            Kafka is not there, or did not take it.
        """
        self._send(self._connected(), topic, key.encode(), value)

    def _connected(self) -> Any:
        with self._lock:
            if self._producer is None:
                msg = f"nothing was sent: Kafka is not in reach ({self._why}); try again"
                raise ServerUnavailable(msg)
            return self._producer

    def _send(self, producer: Any, topic: str, key: bytes, value: bytes) -> None:
        with clients.answered(self._settings, _TAKEN_S):
            producer.send(topic, value=value, key=key).get(_TAKEN_S)

    def _forget(self, wanted: tuple[type, str], waiting: Future[AnyResult]) -> None:
        with self._lock:
            others = [each for each in self._waiting.get(wanted, []) if each is not waiting]
            if others:
                self._waiting[wanted] = others
            else:
                self._waiting.pop(wanted, None)

    def _follow(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except GridpulseError as error:
                self._why = str(error)
            except Exception as error:  # whatever a client does, commands must come back
                self._why = repr(error)
            with self._lock:
                self._producer = None
            self._ended.wait(_AGAIN_S)

    def _listen(self) -> None:
        settings = self._settings
        require(settings, writes=[names.COMMANDS])
        with clients.reader(settings) as consumer, clients.writer(settings) as producer:
            partitions = partitions_of(settings, consumer, names.RESULTS)
            consumer.assign(partitions)
            for partition, end in consumer.end_offsets(partitions).items():
                consumer.seek(partition, end)
            consumer.poll(_POLL_MS)
            with self._lock:
                self._producer = producer
            while not self._ended.is_set():
                for records in consumer.poll(_POLL_MS).values():
                    for record in records:
                        self._take(record.value or b"")

    def _take(self, value: bytes) -> None:
        try:
            result = decode(names.RESULTS, value)
        except MalformedMessage:
            return
        if not isinstance(result, CommandResult | HandoverResult):
            return
        answered = result.asked if isinstance(result, HandoverResult) else result.id
        with self._lock:
            waiting = self._waiting.pop((type(result), answered), [])
        for each in waiting:
            if not each.done():
                each.set_result(result)


def _wanted(command: Command | HandoverCommand) -> tuple[type, str]:
    """Give what the answer to a command is known by; two may be under way under one id."""
    if isinstance(command, HandoverCommand):
        return HandoverResult, command.fingerprint
    return CommandResult, command.id
