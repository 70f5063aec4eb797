"""docker-compose.yml and Dockerfile agree with the settings, the ports and the command line."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
from ruamel.yaml import YAML

from config.settings import PREFIX, Settings
from ops.cli import application
from tests.conftest import ROOT

OURS = ("topics", "ingest", "worker-1", "worker-2", "wall")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(ROOT / "docker-compose.yml"))


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return dict(compose["services"])


def test_the_variables_are_settings(services: dict[str, Any]) -> None:
    for name in OURS:
        environment = {
            key: re.sub(r"\$\{\w+(:[-?]([^}]*))?\}", "given", str(value))
            for key, value in services[name]["environment"].items()
        }
        assert all(key.startswith(PREFIX) for key in environment)
        Settings.from_env(environment)


def test_every_command_exists(services: dict[str, Any]) -> None:
    app = application()
    known = {command.name for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    assert {services[name]["command"][0] for name in OURS} <= known


def test_the_probes_ask_the_ports_of_the_settings(services: dict[str, Any]) -> None:
    settings = Settings()
    probes = {name: services[name]["healthcheck"]["test"][-1] for name in OURS if name != "topics"}
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
    assert compose["services"]["redis"]["volumes"] == ["redis-data:/data"]
    assert "--appendonly yes" in compose["services"]["redis"]["command"][-1]
    assert compose["services"]["kafka"]["volumes"] == ["kafka-data:/var/lib/kafka/data"]
    assert set(compose["volumes"]) == {"kafka-data", "redis-data", "archive"}


def test_the_archive_lies_on_its_volume(services: dict[str, Any]) -> None:
    for name in ("worker-1", "worker-2"):
        volume, folder = services[name]["volumes"][0].split(":")
        assert volume == "archive"
        assert services[name]["environment"][f"{PREFIX}ARCHIVE_DIR"].startswith(f"{folder}/")
        assert f"-d -o gridpulse -g gridpulse {folder}" in (ROOT / "Dockerfile").read_text()


def test_no_password_is_written_down() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert re.findall(r"redis://:([^@]+)@", text) == ["${REDIS_PASSWORD:?set REDIS_PASSWORD}"]


def test_kafka_is_the_version_that_the_tests_run() -> None:
    pom = (ROOT / "ops" / "kafka" / "pom.xml").read_text()
    tested = re.findall(r"<artifactId>kafka_2.13</artifactId>\s*<version>([\d.]+)<", pom)
    deployed = re.findall(
        r"image: apache/kafka:([\d.]+)", (ROOT / "docker-compose.yml").read_text()
    )
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
        env={"REDIS_PASSWORD": "given"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
