"""Train and judge the prediction of breaches: what `gridpulse train cases` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import numpy as np

from config import names
from config.catalog import Catalog
from config.errors import NothingUsed
from config.settings import Settings
from models.cases.columns import NEVER, CaseColumns
from models.cases.prediction.breach import BreachModel, Method
from models.cases.prediction.scores import brier, precision_at_recall, reliability, rule_probability
from models.cases.prediction.survival import Hours
from models.cases.prediction.training import CaseMoments, moments, train
from models.messages.case_models import CaseModel
from models.messages.envelope import encode
from models.messages.signing import sign
from models.timing.zone import Zone
from ops.kafka import publish_model

METHODS: Final[tuple[Method, ...]] = get_args(Method)
RECALLS: Final = (0.5, 0.7, 0.9)
HELD_OUT: Final = 0.4  # newest share of the cases, for judging


def judge(cases: CaseColumns, end_ms: int, zone: Zone) -> dict[str, Any]:
    """Train on the older cases and compare with the plain rule on the newer ones.

    Raises
    ------
    NothingUsed
        There are not enough cases with a limit on either side.
    """
    middle = int(np.quantile(cases.filed[cases.filed != NEVER], 1 - HELD_OUT))
    has_limit = (cases.filed != NEVER) & (cases.due != NEVER) & (cases.due <= end_ms)
    older = moments(cases, has_limit & (cases.filed < middle) & (cases.due <= middle), seed=2)
    newer = moments(cases, has_limit & (cases.filed >= middle), seed=1)
    for side in (older, newer):
        if len(np.unique(side.broke)) < 2:
            msg = "too few cases with a limit, or all alike, to judge a prediction by"
            raise NothingUsed(msg)
    model = train(cases, middle, zone)
    probability = model.breach(newer.cases, zone)
    rule = rule_probability(_share(older), older.broke, _share(newer))
    return {
        "trained_until_ms": middle,
        "judged": len(newer.broke),
        "broke": float(newer.broke.mean()),
        "method": model.method,
        "brier": {
            "model": brier(probability, newer.broke),
            **{
                method: brier(model.by_method(newer.cases, zone, method), newer.broke)
                for method in METHODS
            },
            "rule": brier(rule, newer.broke),
        },
        "precision_at_recall": {
            str(recall): {
                "model": precision_at_recall(probability, newer.broke, recall),
                "rule": precision_at_recall(_share(newer), newer.broke, recall),
            }
            for recall in RECALLS
        },
        "reliability": [
            msgspec.structs.asdict(one) for one in reliability(probability, newer.broke)
        ],
    }


def _share(seen: CaseMoments) -> Hours:
    """Share of the limit that was gone: what the plain rule looks at."""
    result: Hours = seen.cases.age_h / np.maximum(seen.cases.limit_h, 1 / 60)
    return result


def publish(model: BreachModel, settings: Settings, catalog: Catalog) -> int:
    """Hand a model to the running workers, one message a street partition; gives their number.

    Raises
    ------
    ServerUnavailable
        The broker did not take all of them in time.
    """
    key, value = (
        catalog.city.code.encode(),
        encode(sign(CaseModel(model=model.to_json()), settings.model_key)),
    )
    messages = [
        publish_model.ModelMessage(key, value, n) for n in range(settings.street_partitions)
    ]
    return publish_model.publish(messages, names.CASE_MODELS, settings)


def write_model(model: BreachModel, file: Path) -> None:
    """Write a model so that a reader never sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(model.to_json())
    part.replace(file)
