"""The identity provider (OpenID Connect): where people log in, and who it says they are.

Authorization code flow with PKCE, state and nonce. The token is checked by its signature, issuer,
audience, nonce and end before a word of it is believed.

References
----------
OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9700, section 2.1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from requests import RequestException

from dashboards.access.users import AREA, NAME, User
from models.messages.commands import Role

AREAS_CLAIM: Final = "gridpulse_areas"
DEPARTMENTS_CLAIM: Final = "gridpulse_departments"
_ALGORITHMS: Final = ("RS256", "PS256", "ES256")
_SCOPE: Final = "openid profile"
_KEPT_S: Final = 3600.0  # what the provider says of itself
_ANSWER_S: Final = 5.0
_LEEWAY_S: Final = 60


class LoginRefused(Exception):
    """The provider is away, or what it says is not accepted; the text says why."""


@dataclass(frozen=True, kw_only=True)
class ProviderConfig:
    """How the provider is reached, and what its claims mean.

    Attributes
    ----------
    issuer, client_id, client_secret : str
    callback : str
        Address of `/login/oidc/back` here, as it is registered there.
    name_claim, role_claim : str
        The claim that names a person, which they must not be able to change, and the one that
        lists their groups or roles.
    roles : mapping of str to Role
        Of a value of `role_claim`; the first that a person has counts.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    callback: str
    name_claim: str
    role_claim: str
    roles: Mapping[str, Role]


class IdentityProvider:
    """One provider; may be asked from several threads.

    Parameters
    ----------
    config : ProviderConfig
    now_s : callable
        Wall clock.

    Attributes
    ----------
    config : ProviderConfig
    """

    def __init__(self, config: ProviderConfig, now_s: Callable[[], float] = time.time) -> None:
        self.config = config
        self._now_s = now_s
        self._known: tuple[float, dict[str, Any]] | None = None

    def address(self, state: str, nonce: str, verifier: str) -> str:
        """Give the address to which a browser is sent to log in.

        Raises
        ------
        LoginRefused
            The provider is away.
        """
        to = self._metadata()["authorization_endpoint"]
        with self._session() as session:
            url, _ = session.create_authorization_url(
                to, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def person(self, code: str, nonce: str, verifier: str) -> User:
        """Give who came back with a code.

        Raises
        ------
        LoginRefused
            The provider is away, its token does not hold, or names nobody who may come in.
        """
        metadata = self._metadata()
        try:
            with self._session() as session:
                token = session.fetch_token(
                    metadata["token_endpoint"], code=code, code_verifier=verifier, timeout=_ANSWER_S
                )
                keys = session.get(metadata["jwks_uri"], withhold_token=True, timeout=_ANSWER_S)
                claims = self._checked(str(token.get("id_token", "")), keys.json(), nonce)
        except (RequestException, AuthlibBaseError) as error:
            msg = f"the identity provider did not take the code: {type(error).__name__}"
            raise LoginRefused(msg) from None
        except (JoseError, ValueError, KeyError, TypeError) as error:
            msg = f"the token of the identity provider does not hold: {error}"
            raise LoginRefused(msg) from None
        return person_of(claims, self.config)

    def _checked(self, token: str, keys: Any, nonce: str) -> dict[str, Any]:
        config = self.config
        found = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        registry = JWTClaimsRegistry(
            now=lambda: int(self._now_s()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": config.issuer},
            aud={"essential": True, "value": config.client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(found.claims)
        if found.claims.get("azp", config.client_id) != config.client_id:
            msg = "it was issued to another"
            raise ValueError(msg)
        return dict(found.claims)

    def _session(self) -> Any:
        config, make = self.config, cast("Any", OAuth2Session)  # it has no types
        return make(
            config.client_id,
            config.client_secret,
            scope=_SCOPE,
            redirect_uri=config.callback,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic",
        )

    def _metadata(self) -> dict[str, Any]:
        """Give what the provider says of itself, asked for once an hour."""
        known, now_s = self._known, self._now_s()
        if known is not None and 0 <= now_s - known[0] < _KEPT_S:
            return known[1]
        where = f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            with self._session() as session:
                answer = session.get(where, withhold_token=True, timeout=_ANSWER_S)
                answer.raise_for_status()
                found = answer.json()
        except (RequestException, ValueError) as error:
            msg = f"the identity provider is not in reach: {type(error).__name__}"
            raise LoginRefused(msg) from None
        wanted = {"authorization_endpoint", "token_endpoint", "jwks_uri"}
        if not isinstance(found, dict) or found.get("issuer") != self.config.issuer:
            msg = f"{where} speaks for another issuer"
            raise LoginRefused(msg)
        if missing := sorted(wanted - found.keys()):
            msg = f"{where} does not say {', '.join(missing)}"
            raise LoginRefused(msg)
        self._known = now_s, found
        return found


def person_of(claims: Mapping[str, Any], config: ProviderConfig) -> User:
    """Give whom checked claims name, as what, and what is theirs.

    Raises
    ------
    LoginRefused
        No valid name, no role here, or a bureau without a department.
    """
    name = claims.get(config.name_claim)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        msg = f"the claim {config.name_claim} is no name of 1 to 64 letters, digits and . @ -"
        raise LoginRefused(msg)
    held = set(_texts(claims.get(config.role_claim)))
    role = next((role for value, role in config.roles.items() if value in held), None)
    if role is None:
        msg = f"{name} has no role here: the claim {config.role_claim} names none that is known"
        raise LoginRefused(msg)
    areas = sorted(_texts(claims.get(AREAS_CLAIM)))
    departments = sorted(_texts(claims.get(DEPARTMENTS_CLAIM)))
    if not all(map(AREA.fullmatch, areas)):
        msg = f"the claim {AREAS_CLAIM} of {name} has what is no code of an area"
        raise LoginRefused(msg)
    if role is Role.BUREAU and not departments:
        msg = f"{name} is of a bureau, and the claim {DEPARTMENTS_CLAIM} does not say of which"
        raise LoginRefused(msg)
    return User(name=name, role=role, areas=areas, departments=departments)


def _texts(value: object) -> Iterable[str]:
    """Give the texts of a claim, which may be one or several.

    Examples
    --------
    >>> list(_texts("duty")), list(_texts(["duty", 7, "lead"])), list(_texts(None))
    (['duty'], ['duty', 'lead'], [])
    """
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str) and each]
