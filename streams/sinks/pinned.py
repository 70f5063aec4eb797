"""HTTP connections that go where they may: the address that was checked is the one connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpcore
import httpx

from models.warnings.reachable import ReachableHosts

_LOOKUPS: Final = 32  # at a time; a dead name server must not hold up what else runs in threads


class ForbiddenAddress(httpcore.ConnectError):
    """The host is not listed, or its address is a private one that is not."""


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Looks names up itself, and connects to an address only once it is checked.

    Certificates are still checked against the name.

    Parameters
    ----------
    hosts : ReachableHosts
    """

    def __init__(self, hosts: ReachableHosts) -> None:
        self._hosts = hosts
        self._backend = httpcore.AnyIOBackend()
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that may be connected to."""
        if not self._hosts.lists(host, port):
            msg = f"the host {host} is not listed in GRIDPULSE_WEBHOOK_HOSTS"
            raise ForbiddenAddress(msg)
        found = await self._look_up(host, port)
        allowed = [each for each in found if self._hosts.allows(host, port, each)]
        if found and not allowed:
            msg = f"{host} is at a private address that is not listed in GRIDPULSE_WEBHOOK_HOSTS"
            raise ForbiddenAddress(msg)
        if not allowed:
            msg = f"{host} has no address"
            raise httpcore.ConnectError(msg)
        return await self._backend.connect_tcp(
            allowed[0], port, timeout, local_address, socket_options
        )

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a receiver is never a file."""
        raise ForbiddenAddress(path)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def close(self) -> None:
        """End the threads that look names up."""
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def _look_up(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._lookups, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except (OSError, UnicodeError):
            return []
        return list(dict.fromkeys(str(each[4][0]) for each in found))


class PinnedTransport(httpx.AsyncHTTPTransport):
    """The transport of httpx over a `PinnedBackend`; no proxy, and no bound on connections.

    A bound would let the dead receivers hold up the living.
    """

    def __init__(self, hosts: ReachableHosts) -> None:
        context = httpx.create_ssl_context()
        super().__init__(verify=context)
        self._backend = PinnedBackend(hosts)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=None,
            max_keepalive_connections=200,
            keepalive_expiry=30.0,
            network_backend=self._backend,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await super().aclose()
        self._backend.close()
