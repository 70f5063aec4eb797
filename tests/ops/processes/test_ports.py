"""Ports that nobody else is given, and servers that are not oneself."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from config.errors import GridpulseError
from ops.processes import ports
from ops.processes.ports import PORTS, free_port, is_listening

FIRST_OF_CLIENTS = 32_768  # of Linux; macOS begins later


def test_a_free_port_is_not_listened_on_and_no_client_is_given_it() -> None:
    port = free_port()
    assert not is_listening(port)
    assert 1024 <= port < FIRST_OF_CLIENTS
    assert max(PORTS) < FIRST_OF_CLIENTS


def test_a_port_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    few = range(PORTS.stop - 40, PORTS.stop)
    monkeypatch.setattr(ports, "PORTS", few)
    given: list[int] = []
    with pytest.raises(GridpulseError, match=f"no port between {few.start} and {few.stop - 1} is"):
        while len(given) <= len(few):
            given.append(free_port())
    assert given
    assert set(given) <= set(few)
    assert len(set(given)) == len(given)


def test_a_port_that_is_listened_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "PORTS", range(port, port + 1))
        with pytest.raises(GridpulseError):
            free_port()


def test_another_process_does_not_get_it_while_this_one_lives() -> None:
    port = free_port()
    ask = f"""
from ops.processes import ports
from config.errors import GridpulseError
ports.PORTS = range({port}, {port + 1})
try:
    print(ports.free_port())
except GridpulseError as error:
    print(error)
"""
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert asked.stdout == f"no port between {port} and {port} is free\n"


def test_a_client_that_meets_itself_has_found_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def to_itself(address: tuple[str, int], timeout: float) -> socket.socket:
        alone = socket.socket()
        alone.bind(address)
        alone.connect(alone.getsockname())
        return alone

    with socket.create_server(("127.0.0.1", 0)) as server:
        assert is_listening(server.getsockname()[1])
    monkeypatch.setattr(socket, "create_connection", to_itself)
    assert not is_listening(free_port())
