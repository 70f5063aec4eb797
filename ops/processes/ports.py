"""TCP ports on loopback for servers that this machine starts for itself."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from config.errors import GridpulseError

# Below the ports that Linux (32768) and macOS (49152) give to clients: no connection that goes
# out takes one between the moment it is chosen and the moment its server listens.
PORTS: Final = range(20_000, 30_000)
_given: set[int] = set()


def free_port() -> int:
    """Return a TCP port on loopback that nothing listens on.

    As long as this process lives, neither it nor another one of this user gets the port again
    from here.

    Raises
    ------
    GridpulseError
        All ports are taken.
    """
    for port in random.sample(PORTS, len(PORTS)):
        if port not in _given and _claim(port) and _is_free(port):
            _given.add(port)
            return port
    msg = f"no port between {PORTS.start} and {PORTS.stop - 1} is free"
    raise GridpulseError(msg)


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether something accepts connections on a port."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1) as probe:
        # Where nobody listens, Linux may give a client the very port it asks for: it meets itself.
        return bool(probe.getsockname() != probe.getpeername())
    return False


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return True
    return False


def _claim(port: int) -> bool:
    """Lock the byte that stands for a port; the lock ends with this process."""
    with suppress(OSError):
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        return True
    return False


@cache
def _claims() -> int:
    """Open the file of claims, a byte for each port, for as long as this process lives."""
    path = Path(tempfile.gettempdir()) / f"gridpulse-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
