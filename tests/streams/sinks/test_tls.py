"""TLS on loopback: what is trusted arrives encrypted, what is not gets nothing and is told why."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from config.settings import Settings
from ops.processes.ports import free_port
from streams.sinks.channel import Outcome
from tests.streams.sinks.test_mail import Mailbox
from tests.streams.sinks.test_mail import asking as asking_by_mail
from tests.streams.sinks.test_mail import tried as mailed
from tests.streams.sinks.test_webhook import tried as posted

LOCAL = Settings(webhook_hosts="localhost, 127.0.0.0/8, ::1")


class Pair:
    """A certificate signed by itself, and its key."""

    def __init__(self, folder: Path, name: str) -> None:
        self.cert, self.key = (str(folder / f"{name}.{each}") for each in ("pem", "key"))
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
        command += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
        command += ["-keyout", self.key, "-out", self.cert]
        subprocess.run(command, check=True, capture_output=True)

    @property
    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    folder = tmp_path_factory.mktemp("tls")
    return {name: Pair(folder, name) for name in ("localhost", "elsewhere.example")}


@pytest.fixture
def trusting(pairs: dict[str, Pair], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Trust both certificates, as a city trusts its own authority."""
    bundle = tmp_path / "ca.pem"
    bundle.write_text("".join(Path(pair.cert).read_text() for pair in pairs.values()))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))


@contextmanager
def smtp(pair: Pair) -> Iterator[tuple[Mailbox, int]]:
    """A server that takes letters over STARTTLS alone."""
    box, port = Mailbox(), free_port()
    controller = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=pair.server, require_starttls=True
    )
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


async def mail(port: int) -> Outcome:
    return await mailed(port, to=asking_by_mail(), smtp_tls="starttls", smtp_host="localhost")


@pytest.mark.usefixtures("trusting")
async def test_a_letter_goes_over_starttls_to_a_server_that_is_trusted(
    pairs: dict[str, Pair],
) -> None:
    with smtp(pairs["localhost"]) as (box, port):
        assert (await mail(port)).delivered
    assert len(box.letters) == 1


async def test_a_server_of_mail_that_is_not_trusted_gets_no_letter(pairs: dict[str, Pair]) -> None:
    with smtp(pairs["localhost"]) as (box, port):
        outcome = await mail(port)
    assert (outcome.delivered, outcome.is_final, box.letters) == (False, False, [])
    assert "self-signed certificate" in outcome.detail


@pytest.mark.usefixtures("trusting")
async def test_a_server_of_mail_with_the_name_of_another_gets_no_letter(
    pairs: dict[str, Pair],
) -> None:
    with smtp(pairs["elsewhere.example"]) as (box, port):
        outcome = await mail(port)
    assert (outcome.delivered, box.letters) == (False, [])
    assert "Hostname mismatch" in outcome.detail


@contextmanager
def desk(context: ssl.SSLContext | None) -> Iterator[tuple[list[str], str]]:
    """A receiver of webhooks at `https://localhost`; without a context it speaks no TLS."""
    got: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.headers["webhook-id"])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of a client that does not trust us."""

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield got, f"https://localhost:{server.server_address[1]}/in"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.usefixtures("trusting")
async def test_a_webhook_goes_over_tls_to_a_receiver_that_is_trusted(
    pairs: dict[str, Pair],
) -> None:
    with desk(pairs["localhost"].server) as (got, url):
        outcome = await posted(url, allowed=LOCAL)
    assert outcome.delivered, outcome
    assert len(got) == 1


async def test_a_receiver_that_is_not_trusted_gets_nothing_and_the_reason_is_told(
    pairs: dict[str, Pair],
) -> None:
    with desk(pairs["localhost"].server) as (got, url):
        outcome = await posted(url, allowed=LOCAL)
    refused(outcome, got, "self-signed certificate")


@pytest.mark.usefixtures("trusting")
async def test_a_receiver_with_the_name_of_another_gets_nothing(pairs: dict[str, Pair]) -> None:
    with desk(pairs["elsewhere.example"].server) as (got, url):
        outcome = await posted(url, allowed=LOCAL)
    refused(outcome, got, "Hostname mismatch")


async def test_a_receiver_that_speaks_no_tls_gets_nothing() -> None:
    with desk(None) as (got, url):
        outcome = await posted(url, allowed=LOCAL)
    refused(outcome, got, "TLS")


def refused(outcome: Outcome, got: list[str], why: str) -> None:
    assert (outcome.delivered, outcome.status, outcome.is_final, got) == (False, 0, False, [])
    assert outcome.detail.startswith("TLS: ")
    assert why in outcome.detail
