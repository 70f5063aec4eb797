"""Which addresses only this machine reaches; any other needs users."""

from __future__ import annotations

from ipaddress import ip_address

from config.errors import ConfigError


def require_users(host: str, users_file: str) -> None:
    """Refuse to be reached from other machines without users.

    Raises
    ------
    ConfigError
        Without users the server answers its own machine alone.
    """
    if not users_file and not is_loopback(host):
        msg = (
            f"GRIDPULSE_BIND_HOST is {host}, which other machines reach, and there are no users: "
            "set GRIDPULSE_USERS_FILE and add one with `gridpulse users add`"
        )
        raise ConfigError(msg)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "wall")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
