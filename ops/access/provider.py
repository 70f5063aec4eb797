"""The identity provider that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn
from urllib.parse import urlsplit

from config.errors import ConfigError
from config.settings import Settings
from dashboards.access.callers import ROLES
from dashboards.access.loopback import is_loopback
from dashboards.access.oidc import BACK
from dashboards.access.provider import IdentityProvider, ProviderConfig
from models.messages.commands import Role


def provider_of(settings: Settings) -> IdentityProvider | None:
    """Give the provider; None where the settings name none.

    Raises
    ------
    ConfigError
        A part is missing or not valid.
    """
    if not settings.oidc_issuer:
        return None
    needed = "users_file", "oidc_client_id", "oidc_client_secret", "oidc_callback", "oidc_roles"
    if missing := [name for name in needed if not getattr(settings, name)]:
        names = ", ".join(f"GRIDPULSE_{name.upper()}" for name in missing)
        _refuse("OIDC_ISSUER", f"needs {names} as well")
    for name in ("oidc_issuer", "oidc_callback"):
        _check_address(name, getattr(settings, name))
    if urlsplit(settings.oidc_callback).path != BACK:
        _refuse("OIDC_CALLBACK", f"should end with {BACK}")
    config = ProviderConfig(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        callback=settings.oidc_callback,
        name_claim=settings.oidc_name_claim,
        role_claim=settings.oidc_role_claim,
        roles=dict(_roles(settings.oidc_roles)),
    )
    return IdentityProvider(config)


def _roles(text: str) -> Iterator[tuple[str, Role]]:
    known = {role.value: role for role in ROLES}
    for part in text.split(","):
        group, _, name = (each.strip() for each in part.rpartition("="))
        if not group or name not in known:
            wanted = f"expected <group>=<one of {', '.join(known)}>, got {part.strip()!r}"
            _refuse("OIDC_ROLES", wanted)
        yield group, known[name]


def _check_address(name: str, text: str) -> None:
    """Make sure that nobody can listen on the way."""
    address = urlsplit(text)
    is_safe = address.scheme == "https" or (
        address.scheme == "http" and is_loopback(address.hostname or "")
    )
    if not is_safe or not address.hostname:
        _refuse(name.upper(), "should be an https address (http on this machine alone)")


def _refuse(name: str, why: str) -> NoReturn:
    msg = f"environment: GRIDPULSE_{name} {why}"
    raise ConfigError(msg)
