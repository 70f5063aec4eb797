"""Health check of a container: exit 0 when `/live` on a port of this host answers 200."""

from __future__ import annotations

import sys
from http import HTTPStatus

import httpx


def is_live(port: int) -> bool:
    """Ask the process on a port of this host whether it is alive."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/live", timeout=4)
    except httpx.HTTPError:
        return False
    return answer.status_code == HTTPStatus.OK


if __name__ == "__main__":
    sys.exit(0 if is_live(int(sys.argv[1])) else 1)
