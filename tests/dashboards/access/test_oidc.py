"""Logging in by an identity provider: `oidc-provider-mock` on loopback, and what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet, RSAKey

from dashboards.access import oidc
from dashboards.access.gate import Gate
from dashboards.access.oidc import ProviderLogin
from dashboards.access.provider import IdentityProvider, LoginRefused, ProviderConfig, person_of
from dashboards.common.city_index import CityIndex
from models.messages.access import AccessEntry, AccessEvent
from models.messages.commands import Role
from ops.processes.ports import free_port
from tests.dashboards.access.things import NOW_MS, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.web import WebClient

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it uses a module of Authlib that is on its way out
    from oidc_provider_mock import User, run_server_in_thread

# … by names that Authlib will take away, in this process' threads.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
HERE = "http://wall.example/login/oidc/back"
ROLES = {"lead": Role.COMMANDER, "duty": Role.OPERATOR, "bureau": Role.BUREAU}
PEOPLE: dict[str, dict[str, Any]] = {
    "zhao": {"groups": ["staff", "duty"]},
    "qian": {"groups": ["duty", "lead"]},
    "sun": {"groups": "bureau", "gridpulse_departments": ["0101"], "gridpulse_areas": ["110101"]},
    "zhou": {"groups": ["staff"]},
    "viewer": {"groups": ["lead"]},  # an account of the file has this name
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    people = [
        User(sub=f"id-{name}", claims={"preferred_username": name, **claims})
        for name, claims in PEOPLE.items()
    ]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


class Door:
    """A wall with users and a provider; what is taken down stands in `said`."""

    def __init__(self, issuer: str, city: CityIndex, folder: Path) -> None:
        self.said: list[AccessEntry] = []
        self.now_ms = NOW_MS
        self.config = ProviderConfig(
            issuer=issuer,
            client_id="gridpulse",
            client_secret="of the test",
            callback=HERE,
            name_claim="preferred_username",
            role_claim="groups",
            roles=ROLES,
        )
        gate = Gate(user_file(folder), lambda: self.now_ms, taken=self.said.append)
        self.provider = IdentityProvider(self.config)
        login = ProviderLogin(gate, self.provider, lambda: self.now_ms)
        url = f"redis://127.0.0.1:{free_port()}/0"
        self.client = WebClient(server_of(context_of(url, city, gate=gate, provider=login)))

    def begin(self) -> tuple[str, str]:
        """Give where the browser is sent, and the cookie it gets."""
        sent = self.client.get("/login/oidc")
        assert sent.status_code == 303
        assert "SameSite=lax" in sent.headers["set-cookie"]
        return sent.headers["location"], cookie_of(sent, oidc.COOKIE)

    def back(self, answer: str, cookie: str) -> Any:
        """Come back from the provider."""
        return self.client.get(f"/login/oidc/back?{answer}", headers={"Cookie": cookie})


@pytest.fixture
def door(issuer: str, city_index: CityIndex, tmp_path: Path) -> Door:
    return Door(issuer, city_index, tmp_path)


def cookie_of(answer: Any, name: str) -> str:
    for header in answer.headers.get_list("set-cookie"):
        if (found := SimpleCookie(header).get(name)) and found.value:
            return f"{name}={found.value}"
    raise AssertionError((name, answer.headers))


def agreed(address: str, person: str) -> str:
    """Log in at the provider as a person does; gives the query with which they are sent back."""
    answer = httpx.post(address, data={"sub": f"id-{person}"})
    assert answer.status_code in (302, 303), answer.text
    return urlsplit(answer.headers["location"]).query


def me(door: Door, cookie: str) -> dict[str, Any]:
    found: dict[str, Any] = door.client.get("/api/v1/session", headers={"Cookie": cookie}).json()
    return found


@pytest.mark.parametrize(
    ("person", "role", "departments"),
    [("zhao", "operator", []), ("qian", "commander", []), ("sun", "bureau", ["0101"])],
)
def test_who_logs_in_elsewhere_has_the_role_of_their_claim(
    door: Door, person: str, role: str, departments: list[str]
) -> None:
    address, cookie = door.begin()
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [HERE]
    done = door.back(agreed(address, person), cookie)
    assert done.status_code == 200, door.said
    assert 'http-equiv="refresh"' in done.text
    assert "default-src 'none'" in done.headers["content-security-policy"]
    mine = me(door, cookie_of(done, "gridpulse_session"))
    assert (mine["user"], mine["role"], mine["departments"]) == (person, role, departments)
    (entry,) = door.said
    assert (entry.event, entry.user, entry.role) == (AccessEvent.LOGGED_IN, person, role)


def test_a_session_from_elsewhere_ends_after_a_shift_and_with_its_seal(door: Door) -> None:
    address, cookie = door.begin()
    session = cookie_of(door.back(agreed(address, "zhao"), cookie), "gridpulse_session")
    assert me(door, session)["user"] == "zhao"
    assert me(door, session[:-2] + "AA")["status"] == 401
    door.now_ms += 13 * 3_600_000
    assert me(door, session)["status"] == 401


def test_the_form_offers_the_provider_where_there_is_one(door: Door) -> None:
    assert 'href="/login/oidc"' in door.client.get("/login").text


@pytest.mark.parametrize("change", ["no cookie", "other state", "another browser", "too late"])
def test_an_answer_to_what_this_browser_did_not_ask_is_refused(door: Door, change: str) -> None:
    address, cookie = door.begin()
    answer = agreed(address, "zhao")
    if change == "no cookie":
        cookie = ""
    elif change == "other state":
        answer = answer.replace("state=", "state=x")
    elif change == "another browser":
        cookie = door.begin()[1]
    else:
        door.now_ms += oidc.LASTS_MS
    refused(door, door.back(answer, cookie))


@pytest.mark.parametrize("person", ["zhou", "viewer"])
def test_who_has_no_role_or_the_name_of_an_account_stays_out(door: Door, person: str) -> None:
    address, cookie = door.begin()
    refused(door, door.back(agreed(address, person), cookie))


def test_a_code_counts_once_and_a_refusal_there_is_one_here(door: Door) -> None:
    address, cookie = door.begin()
    answer = agreed(address, "zhao")
    assert door.back(answer, cookie).status_code == 200
    refused(door, door.back(answer, cookie))
    state = parse_qs(urlsplit(address).query)["state"][0]
    refused(door, door.back(f"error=access_denied&state={state}", cookie))


def refused(door: Door, answer: Any) -> None:
    assert answer.status_code == 401
    assert "统一身份登录未通过" in answer.text
    assert "gridpulse_session=" not in answer.headers.get("set-cookie", "")
    assert door.said[-1].event is AccessEvent.REFUSED
    assert door.said[-1].text


# --- tokens that do not hold ----------------------------------------------------------------------

KEY = RSAKey.generate_key(2048, {"kid": "one"})
NOW_S = NOW_MS // 1000
GOOD: dict[str, Any] = {
    "iss": "https://id.example",
    "aud": "gridpulse",
    "sub": "1",
    "nonce": "n",
    "iat": NOW_S,
    "exp": NOW_S + 300,
    "preferred_username": "zhao",
    "groups": ["duty"],
}
CONFIG = ProviderConfig(
    issuer="https://id.example",
    client_id="gridpulse",
    client_secret="s",
    callback=HERE,
    name_claim="preferred_username",
    role_claim="groups",
    roles=ROLES,
)


def checked(claims: dict[str, Any], *, key: RSAKey = KEY, alg: str = "RS256") -> dict[str, Any]:
    provider = IdentityProvider(CONFIG, lambda: NOW_S)
    token = jwt.encode({"alg": alg, "kid": "one"}, claims, key)
    keys = KeySet([KEY]).as_dict(private=False)
    return provider._checked(token, keys, "n")  # what `person` believes


def test_a_token_that_holds_is_believed_whoever_else_it_is_for() -> None:
    assert checked(GOOD) == GOOD
    assert checked(GOOD | {"aud": ["other", "gridpulse"]})["sub"] == "1"
    assert checked(GOOD | {"exp": NOW_S - 30})["sub"] == "1", "clocks may differ by a minute"


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "m"},
        {"exp": NOW_S - 3600},  # a clock an hour apart, or an old token
        {"exp": None},
        {"iss": "https://id.example.evil"},
        {"aud": "another"},
        {"aud": ["gridpulse"], "azp": "another"},
        {"nbf": NOW_S + 3600},
    ],
)
def test_a_token_is_refused(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in (GOOD | change).items() if value is not None}
    with pytest.raises((ValueError, JoseError)):
        checked(claims)


def test_a_token_that_another_signed_is_refused() -> None:
    with pytest.raises(BadSignatureError):
        checked(GOOD, key=RSAKey.generate_key(2048, {"kid": "one"}))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"preferred_username": "<b>"}, "no name"),
        ({"preferred_username": "x" * 65}, "no name"),
        ({"preferred_username": ["zhao"]}, "no name"),
        ({"groups": []}, "no role here"),
        ({"groups": {"duty": True}}, "no role here"),
        ({"groups": "bureau"}, "does not say of which"),
        ({"gridpulse_areas": ["everywhere"]}, "no code of an area"),
    ],
)
def test_claims_that_name_nobody_are_refused_with_the_reason(
    change: dict[str, Any], why: str
) -> None:
    with pytest.raises(LoginRefused, match=why):
        person_of(GOOD | change, CONFIG)


def test_the_first_role_of_the_settings_counts() -> None:
    both: Sequence[str] = ["duty", "lead"]
    assert person_of(GOOD | {"groups": both}, CONFIG).role is Role.COMMANDER
    turned = replace(CONFIG, roles=dict(reversed(ROLES.items())))
    assert person_of(GOOD | {"groups": both}, turned).role is Role.OPERATOR


def test_a_provider_that_is_away_or_speaks_for_another_is_told(issuer: str) -> None:
    away = replace(CONFIG, issuer=f"http://localhost:{free_port()}")
    with pytest.raises(LoginRefused, match="not in reach"):
        IdentityProvider(away).address("s", "n", "v" * 43)
    other = replace(CONFIG, issuer=f"{issuer}/")
    with pytest.raises(LoginRefused, match="another issuer"):
        IdentityProvider(other).address("s", "n", "v" * 43)
