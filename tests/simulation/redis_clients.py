"""What workers use of `redis.asyncio`, and ingest of `redis`, on the simulated server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from tests.simulation.loop import SimProcess
from tests.simulation.redis import SimRedis


class AsyncClient:
    """What the worker uses of `redis.asyncio.Redis`."""

    def __init__(self, server: SimRedis, process: SimProcess) -> None:
        self._server = server
        self._process = process

    def register_script(self, text: str) -> Callable[..., Awaitable[Any]]:
        async def run(keys: Sequence[Any] = (), args: Sequence[Any] = ()) -> Any:
            return await self._ask(lambda: self._server.script(text, keys, args))

        return run

    async def hget(self, key: str, name: bytes) -> bytes | None:
        answer: bytes | None = await self._ask(lambda: self._server.hget(key, name))
        return answer

    async def hkeys(self, key: str) -> list[bytes]:
        answer: list[bytes] = await self._ask(lambda: self._server.hkeys(key))
        return answer

    async def hmget(self, key: str, names: list[bytes]) -> list[bytes | None]:
        answer: list[bytes | None] = await self._ask(lambda: self._server.hmget(key, names))
        return answer

    async def set(self, key: str, value: Any, **options: Any) -> bool | None:
        answer: bool | None = await self._ask(lambda: self._server.set(key, value, **options))
        return answer

    async def delete(self, key: str) -> int:
        answer: int = await self._ask(lambda: self._server.delete(key))
        return answer

    def pipeline(self, transaction: bool = True) -> AsyncPipeline:
        return AsyncPipeline(self._server, self._ask)

    async def _ask(self, command: Callable[[], Any]) -> Any:
        """Have a command carried out; the time goes by before it or after it.

        So a process may die, or another step come, on either side of it.
        """
        server, is_prompt = self._server, self._server.rng.random() < 0.5
        if not is_prompt:
            await server.loop.pause(server.latency_s())
        if server.is_away:
            server.done["call of an absent redis"] += 1
            await server.loop.pause(0.5)
            msg = "Redis is away"
            raise RedisConnectionError(msg)
        answer = command()
        if is_prompt:
            await server.loop.pause(server.latency_s())
        if server.loses_answer():
            msg = "the answer was lost"
            raise RedisConnectionError(msg)
        return answer


class _Pipeline:
    """Commands that are carried out together."""

    def __init__(self, server: SimRedis) -> None:
        self._server = server
        self._commands: list[Callable[[], Any]] = []

    def set(self, key: Any, value: Any, **options: Any) -> None:
        self._commands.append(lambda: self._server.set(key, value, **options))

    def publish(self, channel: Any, value: Any) -> None:
        self._commands.append(lambda: self._server.publish(channel, value))

    def _all(self) -> list[Any]:
        return [command() for command in self._commands]


class AsyncPipeline(_Pipeline):
    def __init__(
        self, server: SimRedis, ask: Callable[[Callable[[], Any]], Awaitable[Any]]
    ) -> None:
        super().__init__(server)
        self._ask = ask

    async def __aenter__(self) -> AsyncPipeline:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def execute(self) -> list[Any]:
        answers: list[Any] = await self._ask(self._all)
        return answers


class SyncClient:
    """What ingest uses of `redis.Redis`."""

    def __init__(self, server: SimRedis, process: SimProcess) -> None:
        self._server = server
        self._process = process

    def register_script(self, text: str) -> Callable[..., Any]:
        def run(keys: Sequence[Any] = (), args: Sequence[Any] = ()) -> Any:
            return self.ask(lambda: self._server.script(text, keys, args))

        return run

    def hkeys(self, key: str) -> list[bytes]:
        found: list[bytes] = self.ask(lambda: self._server.hkeys(key))
        return found

    def hmget(self, key: str, names: list[bytes]) -> list[bytes | None]:
        found: list[bytes | None] = self.ask(lambda: self._server.hmget(key, names))
        return found

    def mget(self, keys: list[str]) -> list[bytes | None]:
        found: list[bytes | None] = self.ask(lambda: self._server.mget(keys))
        return found

    def set(self, key: str, value: Any, **options: Any) -> bool | None:
        answer: bool | None = self.ask(lambda: self._server.set(key, value, **options))
        return answer

    def pipeline(self, transaction: bool = True) -> SyncPipeline:
        return SyncPipeline(self._server, self.ask)

    def ask(self, command: Callable[[], Any]) -> Any:
        server = self._server
        self._process.block(server.latency_s())
        if server.is_away:
            server.done["call of an absent redis"] += 1
            self._process.block(0.5)
            msg = "Redis is away"
            raise RedisConnectionError(msg)
        answer = command()
        if server.loses_answer():
            self._process.block(0.001)
            msg = "the answer was lost"
            raise RedisConnectionError(msg)
        return answer


class SyncPipeline(_Pipeline):
    def __init__(self, server: SimRedis, ask: Callable[[Callable[[], Any]], Any]) -> None:
        super().__init__(server)
        self._ask = ask

    def __enter__(self) -> SyncPipeline:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self) -> list[Any]:
        answers: list[Any] = self._ask(self._all)
        return answers
