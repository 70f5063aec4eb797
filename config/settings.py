"""Settings of one process, read from the environment and from nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from config import kafka_security
from config.errors import ConfigError
from config.namespace import Namespace, check_prefix

PREFIX = "GRIDPULSE_"
SIGN_PREFIX = "GRIDPULSE_SIGN_"  # before the name of the key of a webhook
CHAT_PREFIX = "GRIDPULSE_CHAT_"  # before the name of the URL of a chat


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where a process finds its servers and how it behaves; each field is `GRIDPULSE_<NAME>`.

    Attributes
    ----------
    brokers : str
        Kafka bootstrap servers, comma separated `host:port`.
    kafka_security : str
        `plaintext`, `tls`, `sasl_plaintext` or `sasl_tls`.
    kafka_sasl_mechanism : str
        `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    kafka_user, kafka_password : str
        Login of this process, with one of the `sasl_` protocols.
    kafka_ca_file : str
        PEM file of the authority that signed the brokers' certificates; empty: the system's.
    kafka_cert_file, kafka_key_file : str
        PEM files of the client's certificate and its key, where the brokers ask for one.
    redis_url : str
        `redis://[:password@]host:port/db`. The password comes from the environment only.
    redis_user, redis_password : str
        Put into `redis_url` where it has none; unlike there, any character may stand as it is.
    city : str
        Name of a folder in `config/city`.
    config_dir : Path
        Folder that holds `city/`.
    app_id : str
        Faust application id and prefix of the consumer groups.
    prefix : str
        Before the name of every topic, consumer group and Redis key, so that several cities share
        Kafka and Redis: one word and a dot, such as `dongcheng.`; empty is none. The archive of a
        city with one lies in a folder of that word below `archive_dir`.
    street_partitions, district_partitions, raw_partitions : int
        Partitions of the topics at each level.
    replication : int
        Replicas of each topic.
    bind_host : str
        Address the HTTP servers listen on; loopback unless told otherwise.
    wall_port, worker_port, ingest_port : int
        HTTP ports of the wall, and of `/live`, `/ready` and `/metrics` of worker and ingest.
    wall_hosts : str
        Names, comma separated, under which the wall may be asked for beside `localhost`,
        `127.0.0.1`, `[::1]` and `bind_host`; a request for another `Host` is refused.
    users_file : str
        Who may log in at the wall and its API (`gridpulse users`). Empty: nobody has to, and the
        wall answers its own machine alone.
    oidc_issuer, oidc_client_id, oidc_client_secret : str
        Identity provider (OpenID Connect) by which people log in beside the accounts of
        `users_file`, which has to be there; empty is none.
    oidc_callback : str
        Address of `/login/oidc/back` of this wall, as it is registered at the provider.
    oidc_name_claim, oidc_role_claim : str
        Claims that name a person, which they must not be able to change, and list their groups.
    oidc_roles : str
        Which group is which role, comma separated, such as `duty=operator,lead=commander`; the
        first that a person has counts, and whoever has none stays out.
    demo_operator : str
        Name under which whoever asks from this machine may act on warnings where there are no
        users; set by `gridpulse demo`. Empty: they may only look.
    tls_proxy : str
        `yes` where a proxy in front of the wall speaks TLS: its cookies then go no other way.
    checkpoint_s, summary_s : float
        Seconds between checkpoints, and at least between summaries of a street to its district.
    finished_days : float
        How long a finished case stays in a worker's memory, by event time: a step that comes later
        is set aside.
    idle_s : float
        A raw partition that is at its end and quiet for this long holds no watermark up. One of a
        replay does until the replay ends or says that it goes on, for ten minutes at most.
    replay_key : str
        Signs replays. Where it is set, only signed replays are taken for such, and they may be of
        any time; where it is empty, anybody who may write to a raw topic may replay the past.
    model_key : str
        Signs trained models and baselines. Where it is set, only what is signed with it is used;
        where it is empty, anybody who may write to their topics may say what is normal.
    webhook_url, webhook_secret : str
        Where warnings are delivered and the key of their HMAC signature; empty is off.
    watchdog_url, watchdog_secret : str
        Where the watchdog posts that the whole line is silent, and the key of its signature: a way
        of its own, not that of the warnings; empty is off.
    watchdog_mail : str
        Addresses that the watchdog writes to as well, comma separated, through `smtp_host`.
    watchdog_minutes : float
        The longest time without a heartbeat of the line.
    webhook_hosts : str
        Hosts that the webhooks of subscriptions may lead to, comma separated: names (`*.` before
        one stands for all below it), and private addresses or networks; empty is none.
    smtp_host, smtp_port, smtp_tls : str, int, str
        Server that takes our mail; `starttls`, `tls` or `none`. Without a host no mail is sent.
    smtp_user, smtp_password : str
        Login there; empty is none.
    mail_from : str
        Address that our mail comes from.
    cap_dir : str
        Folder of the CAP files and their Atom feed; empty is off.
    cap_sender : str
        Name of the sender in CAP, such as a domain; one word without comma, `<` or `&`.
    cap_status : str
        `Actual`, `Exercise` or `Test`: a real warning says so only once somebody has set it.
    cap_agency : str
        Agency and unit of the sender, 3 + 3 digits, in identifiers by GB/T 35965.1.
    archive_dir : Path
        Folder of the Parquet archive; trained models stand in its folder `models`.
    archive_days : str
        Days that `gridpulse archive prune` keeps of each dataset, as `panes=400,cases=1825`; a
        dataset that is not named is kept for good.
    brake_records : int
        Records of one topic that an agent refuses in a row, before it accepted any, until it
        halts; 25 times as many after it has.
    log_format : str
        `json` or `console`.
    wait_s : float
        How long a process waits for a missing broker or Redis before it gives up.
    """

    brokers: str = "127.0.0.1:9092"
    kafka_security: str = "plaintext"
    kafka_sasl_mechanism: str = "SCRAM-SHA-512"
    kafka_user: str = ""
    kafka_password: str = field(default="", repr=False)
    kafka_ca_file: str = ""
    kafka_cert_file: str = ""
    kafka_key_file: str = ""
    redis_url: str = field(default="redis://127.0.0.1:6379/0", repr=False)
    redis_user: str = ""
    redis_password: str = field(default="", repr=False)
    city: str = "dongcheng"
    config_dir: Path = Path(__file__).parent
    app_id: str = "gridpulse"
    prefix: str = ""
    street_partitions: int = 4
    district_partitions: int = 1
    raw_partitions: int = 4
    replication: int = 1
    bind_host: str = "127.0.0.1"
    wall_port: int = 8050
    worker_port: int = 6066
    ingest_port: int = 6067
    wall_hosts: str = ""
    users_file: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_callback: str = ""
    oidc_name_claim: str = "preferred_username"
    oidc_role_claim: str = "groups"
    oidc_roles: str = ""
    demo_operator: str = ""
    tls_proxy: str = ""
    checkpoint_s: float = 5.0
    finished_days: float = 7.0
    idle_s: float = 10.0
    summary_s: float = 0.25
    replay_key: str = field(default="", repr=False)
    model_key: str = field(default="", repr=False)
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)
    watchdog_url: str = ""
    watchdog_secret: str = field(default="", repr=False)
    watchdog_mail: str = ""
    watchdog_minutes: float = 5.0
    webhook_hosts: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_tls: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""
    cap_dir: str = ""
    cap_sender: str = "gridpulse"
    cap_status: str = "Test"
    cap_agency: str = "000000"
    archive_dir: Path = Path("var/archive")
    archive_days: str = ""
    brake_records: int = 200
    log_format: str = "console"
    wait_s: float = 60.0

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings from `GRIDPULSE_*` variables.

        Raises
        ------
        ConfigError
            A variable is unknown, its value does not fit its type, or two contradict each other.
        """
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        given: dict[str, object] = {}
        for name, text in env.items():
            if not name.startswith(PREFIX) or name.startswith((SIGN_PREFIX, CHAT_PREFIX)):
                continue
            if name not in known:
                msg = f"environment: {name} is not a setting; known are {', '.join(sorted(known))}"
                raise ConfigError(msg)
            given[known[name].name] = _parse(name, text, type(known[name].default))
        found = cls(**given)  # type: ignore[arg-type]
        kafka_security.check(found)
        check_prefix(found.prefix)
        return replace(found, redis_url=_with_credentials(found), archive_dir=_own_archive(found))

    @property
    def namespace(self) -> Namespace:
        """Names of topics, groups and keys as the servers know them."""
        return Namespace(self.prefix)

    @property
    def worker_group(self) -> str:
        """Consumer group of the workers, as Kafka knows it."""
        return self.namespace.outer(self.app_id)

    @property
    def ingest_group(self) -> str:
        """Consumer group of ingest, as Kafka knows it."""
        return f"{self.worker_group}-ingest"


def _own_archive(settings: Settings) -> Path:
    """Give the folder of the city's archive; child processes get it as it is given here."""
    if not settings.prefix:
        return settings.archive_dir
    own = f"prefix-{settings.prefix.removesuffix('.')}"  # as no archive, and no dataset, is called
    return settings.archive_dir if settings.archive_dir.name == own else settings.archive_dir / own


def _with_credentials(settings: Settings) -> str:
    """Put user and password into the address of Redis, quoted; an address that has its own wins."""
    parts = urlsplit(settings.redis_url)
    if not settings.redis_password or parts.password is not None:
        return settings.redis_url
    user, password = (
        quote(text, safe="") for text in (settings.redis_user, settings.redis_password)
    )
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))


def _parse(name: str, text: str, kind: type[Any]) -> object:
    """Turn the text of a variable into the type of its default."""
    if issubclass(kind, Path):
        return Path(text)
    try:
        value = kind(text)
    except ValueError:
        msg = f"environment: {name} should be {kind.__name__}, got {text!r}"
        raise ConfigError(msg) from None
    if kind in (int, float) and value <= 0:
        msg = f"environment: {name} should be greater than 0, got {text!r}"
        raise ConfigError(msg)
    return value
