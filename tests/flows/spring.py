"""A spring of real Boston cases as tables, and what is put into it or taken out of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from models.feeds.raw import RawMessage

FIRST, LAST = "2016-01-15", "2016-04-26"
CLUSTER_DAYS = ("2016-04-03", "2016-04-04", "2016-04-05")
CLUSTER_AT = (42.2815, -71.1575)  # in a quiet neighbourhood
OUTBREAK_FROM, OUTBREAK_DAYS, TIMES = "2016-04-18", 7, 2.5
BLOCK_MS = 2 * 86_400_000


def spring(data: Path) -> pd.DataFrame:
    """Cases opened in the span, as the file has them."""
    frame = pd.read_csv(data / "cases" / "boston311_animal_pest_2013_2017.csv.gz", dtype=str)
    return pd.DataFrame(frame[(frame.open_dt >= FIRST) & (frame.open_dt < LAST)])


def cluster(cases: pd.DataFrame) -> pd.DataFrame:
    """Eight further cases within 300 m and three days."""
    random = np.random.default_rng(3)
    extra = pd.DataFrame(cases[cases.type == "Pest Infestation - Residential"].iloc[:8])
    extra["case_enquiry_id"] = [f"cluster-{number}" for number in range(8)]
    extra["open_dt"] = [f"{CLUSTER_DAYS[n % 3]} {8 + n:02}:15:00" for n in range(8)]
    extra["latitude"] = (CLUSTER_AT[0] + random.uniform(-0.0013, 0.0013, 8)).astype(str)
    extra["longitude"] = (CLUSTER_AT[1] + random.uniform(-0.0018, 0.0018, 8)).astype(str)
    return extra


def outbreak(cases: pd.DataFrame) -> pd.DataFrame:
    """As many further cases, spread like all, as make a week 2.5 times the usual."""
    days = (pd.Timestamp(LAST) - pd.Timestamp(FIRST)).days
    n = round(len(cases) / days * (TIMES - 1) * OUTBREAK_DAYS)
    extra = cases.sample(n, random_state=4).copy()
    week = pd.date_range(OUTBREAK_FROM, periods=OUTBREAK_DAYS).strftime("%Y-%m-%d").to_numpy()
    extra["case_enquiry_id"] = [f"outbreak-{number}" for number in range(n)]
    extra["open_dt"] = week[np.arange(n) % OUTBREAK_DAYS] + " " + extra.open_dt.str[11:].to_numpy()
    return extra


def opened(*parts: pd.DataFrame) -> pd.DataFrame:
    """Join cases in the order of their opening; nothing is closed in it."""
    return pd.concat(parts).assign(closed_dt="", case_status="Open").sort_values("open_dt")


def shuffled(messages: list[RawMessage]) -> list[RawMessage]:
    """Shuffle within blocks of two days, with a third of the messages a second time."""
    rng = np.random.default_rng(5)
    result: list[RawMessage] = []
    block: list[RawMessage] = []
    for message in [*messages, None]:
        if block and (message is None or message.ts_ms - block[0].ts_ms >= BLOCK_MS):
            twice = block + block[::3]
            result += [twice[at] for at in rng.permutation(len(twice))]
            block = []
        if message is not None:
            block.append(message)
    return result
