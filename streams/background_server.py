"""A small HTTP server beside the main work: it answers also while the process is busy."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from models.messages.prepared import prepare_types


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # connections that wait to be taken


class BackgroundServer:
    """Serves in a thread of its own; a context manager.

    Parameters
    ----------
    handler : type of BaseHTTPRequestHandler
    host : str
        Address to listen on.
    port : int
        0 takes a free one.

    Raises
    ------
    OSError
        The port is taken.
    """

    def __init__(self, handler: type[BaseHTTPRequestHandler], host: str, port: int) -> None:
        prepare_types()  # each request is answered in a thread of its own
        self._server = _Server((host, port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """Port it listens on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
