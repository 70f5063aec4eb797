"""The prefix of a city: which are taken, and that two never meet."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigError
from config.namespace import LONGEST_LABEL, LONGEST_TOPIC, Namespace, check_prefix, check_topics
from config.settings import Settings
from models.messages.topics import TOPICS

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True)
PREFIXES = st.one_of(st.just(""), LABELS.filter(lambda label: label != "raw").map("{}.".format))
TOPIC = st.sampled_from([*TOPICS, "raw.dust", "raw.frames", "gp:snapshot", "gp:checkpoint:warn:0"])


@pytest.mark.parametrize("prefix", ["", "a.", "dongcheng.", "east-2.", "9.", "x" * 32 + "."])
def test_a_word_and_a_dot_is_a_prefix(prefix: str) -> None:
    check_prefix(prefix)


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("east", "a dot at the end"),
        ("East.", "small letters"),
        ("east_.", "small letters"),  # Kafka's metrics take '_' and '.' for the same
        ("東.", "small letters"),
        ("east.west.", "small letters"),  # the beginning of a topic of the city `east.`
        ("-east.", "small letters"),
        ("east*.", "small letters"),  # a pattern of Redis
        ("east .", "small letters"),
        ("east\n.", "small letters"),
        (".", "small letters"),
        ("..", "small letters"),
        ("x" * 33 + ".", f"at most {LONGEST_LABEL}"),
        ("raw.", "the raw topics of a city without a prefix"),
    ],
)
def test_a_prefix_that_could_meet_other_names_is_refused_in_one_sentence(
    prefix: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=r"^environment: GRIDPULSE_PREFIX ") as refused:
        Settings.from_env({"GRIDPULSE_PREFIX": prefix})
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@given(PREFIXES, PREFIXES, TOPIC, TOPIC)
def test_two_prefixes_never_meet(one: str, other: str, name: str, foreign: str) -> None:
    check_prefix(one)
    mine, theirs = Namespace(one).outer(name), Namespace(other).outer(foreign)
    assert (mine == theirs) == ((one, name) == (other, foreign))
    assert Namespace(one).inner(mine) == name
    if one and one != other:
        assert not Namespace(one).owns(theirs)


def test_no_name_inside_has_a_dot_but_those_of_raw_topics() -> None:
    assert [name for name in TOPICS if "." in name] == []


def test_a_name_longer_than_kafka_takes_is_refused() -> None:
    check_topics(["x" * LONGEST_TOPIC])
    with pytest.raises(ConfigError, match="has 250 characters and Kafka takes 249: shorten"):
        check_topics(["x" * (LONGEST_TOPIC + 1)])


def test_groups_and_archive_carry_the_prefix_and_nothing_does_without() -> None:
    plain = Settings.from_env({})
    assert (plain.worker_group, plain.ingest_group) == ("gridpulse", "gridpulse-ingest")
    assert plain.archive_dir == Path("var/archive")
    east = Settings.from_env({"GRIDPULSE_PREFIX": "east."})
    assert (east.worker_group, east.ingest_group) == ("east.gridpulse", "east.gridpulse-ingest")
    assert east.archive_dir == Path("var/archive/prefix-east")
    child = Settings.from_env(
        {"GRIDPULSE_PREFIX": "east.", "GRIDPULSE_ARCHIVE_DIR": str(east.archive_dir)}
    )
    assert child.archive_dir == east.archive_dir, "a child process goes no folder deeper"


@pytest.mark.parametrize("label", ["archive", "panes", "cases"])
def test_a_prefix_named_like_the_archive_or_a_dataset_gets_a_folder_of_its_own(label: str) -> None:
    plain, named = (
        Settings.from_env({"GRIDPULSE_PREFIX": prefix, "GRIDPULSE_ARCHIVE_DIR": "var/archive"})
        for prefix in ("", f"{label}.")
    )
    assert named.archive_dir == plain.archive_dir / f"prefix-{label}"
