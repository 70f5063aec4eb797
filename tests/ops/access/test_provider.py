"""The settings of the identity provider: what is missing or not safe is told at the start."""

from __future__ import annotations

import pytest

from config.errors import ConfigError
from config.settings import Settings
from models.messages.commands import Role
from ops.access.provider import provider_of

WHOLE = {
    "users_file": "users.json",
    "oidc_issuer": "https://id.example",
    "oidc_client_id": "gridpulse",
    "oidc_client_secret": "s",
    "oidc_callback": "https://wall.example/login/oidc/back",
    "oidc_roles": "duty=operator",
}


def test_without_an_issuer_there_is_no_provider() -> None:
    assert provider_of(Settings()) is None


def test_groups_are_roles_in_their_order() -> None:
    roles = {**WHOLE, "oidc_roles": "lead=commander, duty=operator"}
    provider = provider_of(Settings(**roles))  # type: ignore[arg-type]
    assert provider is not None
    assert list(provider.config.roles.items()) == [
        ("lead", Role.COMMANDER),
        ("duty", Role.OPERATOR),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"users_file": ""}, "OIDC_ISSUER needs GRIDPULSE_USERS_FILE as well"),
        ({"oidc_client_secret": ""}, "needs GRIDPULSE_OIDC_CLIENT_SECRET as well"),
        ({"oidc_roles": ""}, "needs GRIDPULSE_OIDC_ROLES as well"),
        ({"oidc_roles": "duty=king"}, "expected <group>=<one of viewer, operator"),
        ({"oidc_roles": "operator"}, "got 'operator'"),
        ({"oidc_roles": "duty=system"}, "got 'duty=system'"),
        ({"oidc_issuer": "http://id.example"}, "OIDC_ISSUER should be an https address"),
        ({"oidc_callback": "ftp://wall.example/login/oidc/back"}, "OIDC_CALLBACK should be"),
        ({"oidc_callback": "https://wall.example/"}, "should end with /login/oidc/back"),
    ],
)
def test_what_is_missing_or_not_safe_is_told(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as told:
        provider_of(Settings(**(WHOLE | change)))  # type: ignore[arg-type]
    assert sentence in str(told.value)
