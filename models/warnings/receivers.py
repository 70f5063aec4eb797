"""The name of a receiver: its address without what must stay secret."""

from __future__ import annotations

from urllib.parse import urlsplit


def receiver_name(url: str) -> str:
    """Keep scheme, host, port and path of a URL: what a receipt may show.

    Raises
    ------
    ValueError
        Not a valid URL.

    Examples
    --------
    >>> receiver_name("https://user:pw@desk.example:8443/in?token=x#y")
    'https://desk.example:8443/in'
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
