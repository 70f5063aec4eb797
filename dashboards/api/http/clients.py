"""Which machine a request comes from."""

from __future__ import annotations

from starlette.requests import HTTPConnection


def client_of(request: HTTPConnection, *, is_behind_proxy: bool) -> str:
    """Give the address of the client.

    Behind a proxy it is the last that the proxy added to `X-Forwarded-For`: what stands before it
    is only what the client says of itself.
    """
    if is_behind_proxy:
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return request.client.host if request.client else ""
