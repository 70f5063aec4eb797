"""Numbers and waiting times in words, from just inside and just outside of each form."""

from __future__ import annotations

import pytest

from models.warnings.identity import receiver_name
from models.warnings.wording import called, number, rarity, sentence, span


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        (36_500, "百年不到一次", "less than once in a century"),
        (36_499, "约36499天一次", "once in 36499 days"),
        (1, "约1天一次", "once in 1 days"),
        (0.99, "约23.8小时一次", "once in 23.8 hours"),
        (0.125, "约3.0小时一次", "once in 3.0 hours"),
        (0.0, "约0.1小时一次", "once in 0.1 hours"),
    ],
)
def test_a_waiting_time_has_the_unit_that_reads_best(days: float, zh: str, en: str) -> None:
    assert (rarity(days, "zh"), rarity(days, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.004, "0.00"),
        (0.994, "0.99"),
        (-0.5, "-0.50"),
        (1, "1.0"),
        (-1, "-1.0"),
        (99.94, "99.9"),
        (100, "100"),
        (-100, "-100"),
        (1_234_567.4, "1,234,567"),
    ],
)
def test_a_number_has_about_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_span_is_told_by_years_where_it_is_of_more_than_one() -> None:
    assert span("", "2016-03-31", "zh") == span("", "2016-03-31", "en") == ""
    assert span("2015-12-31", "2016-01-01", "zh") == "2015—2016年"
    assert span("2015-12-31", "2016-01-01", "en") == "2015 to 2016"
    assert span("2016-01-01", "2016-12-31", "zh") == "2016-01-01至2016-12-31"
    assert span("2016-01-01", "2016-12-31", "en") == "2016-01-01 to 2016-12-31"


def test_places_are_called_by_name_and_by_code_where_they_have_none() -> None:
    names = {"A": {"zh": "东四", "en": "Dongsi"}}
    assert (called(["A", "B"], names, "zh"), called(["B", "A"], names, "en")) == (
        "东四、B",
        "B, Dongsi",
    )
    assert called([], names, "en") == ""
    assert [sentence(text) for text in ("", "a b", "Ab", "ärger", "东")] == [
        "",
        "A b",
        "Ab",
        "Ärger",
        "东",
    ]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://user:pw@desk.example:8443/in?token=x#y", "https://desk.example:8443/in"),
        ("http://desk.example", "http://desk.example"),
        ("http://DESK.example:80/a/b", "http://desk.example:80/a/b"),
        ("https://[2001:db8::1]:8443/in", "https://[2001:db8::1]:8443/in"),
        ("http://[::1]/in;key=1", "http://[::1]/in;key=1"),
        ("/in?token=x", "://" + "/in"),
    ],
)
def test_a_receiver_is_named_without_its_secrets(url: str, name: str) -> None:
    assert receiver_name(url) == name


@pytest.mark.parametrize("url", ["http://desk:port/in", "http://[::1/in"])
def test_what_is_no_address_has_no_name(url: str) -> None:
    with pytest.raises(ValueError, match=r"[Pp]ort|IPv6"):
        receiver_name(url)
