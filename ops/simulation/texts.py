"""Invented reports in words, and one new kind of problem that begins among them.

Words and shares are our own and stand for nobody's real reports. Known classes have their seasons
and now and then a burst at one place, so that what merely grows is not new.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec
import numpy as np

from config.catalog import Catalog
from models.grid.codes import street_code
from models.timing.calendar import EPOCH
from models.timing.units import DAY_MS


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_PLACES: Final = _words(
    "小区 胡同 公园 学校 医院 商场 地铁站 公交站 菜市场 停车场 写字楼 广场 天桥 "
    "大街 东侧 西侧 南侧 北侧"
)
_FAULTS: Final = _words(
    "破损 丢失 堆积 占用 噪声 渗漏 倾斜 污染 遮挡 松动 歪斜 脱落 堵塞 异味 "
    "散落 塌陷 冒水 断裂 褪色 积灰"
)
_ASKED: Final = _words("市民反映 来电反映 巡查发现 居民投诉 商户反映 网友留言")
_ENDS: Final = _words("希望尽快处理 请有关部门核实 影响出行 存在安全隐患 要求清理 望解决")
_RARE: Final = _words(
    "围挡 沙袋 彩旗 花坛 座椅 喷泉 水泵 铁链 石墩 电缆 雨棚 横幅 台阶 地砖 "
    "锁具 门禁 快递 外卖 装修 搬家 露天 烧烤 广场舞 音响 宠物 流浪猫 鸽子 柳絮 "
    "落叶 积雪 冰凌 蚊蝇 鼠患 油烟"
)
NEW_WORDS: Final = _words("共享 单车 乱停 扎堆 盲道")
_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """Reports of the new kind: how many, over which days of the span (half-open), ever more."""

    reports: int
    first: int
    last: int


def invented_texts(
    catalog: Catalog, first_day: int, days: int, a_day: int, seed: int, new: Seeded | None = None
) -> Iterator[dict[str, Any]]:
    """Give reports of a span as plain values, in the order of their days.

    Parameters
    ----------
    catalog : Catalog
        With a feed of cases, whose classes they have; those of the new kind have another's.
    first_day, days : int
        Local days since 1970, and how many.
    a_day : int
        Reports of known classes on a usual day.
    seed : int
    new : Seeded, optional
    """
    classes = {
        code: one.title["zh"]
        for feed in catalog.feeds_of("cases")
        for code, one in feed.categories.items()
    }
    codes = list(classes)
    rng = np.random.default_rng([seed, 9])
    weight = rng.gamma(1.5, size=len(codes))
    habits = {code: rng.dirichlet(np.full(len(_FAULTS), 0.4)) for code in codes}
    grid = catalog.grid_at(EPOCH + timedelta(days=first_day))
    cells = [str(code) for code in grid.codes.tolist()]
    phase = rng.random(len(codes)) * 2 * np.pi
    seeded = _days_of(new, rng)
    for day in range(days):
        season = weight * (1 + 0.6 * np.sin(2 * np.pi * day / 365 + phase))
        burst = int(rng.integers(len(codes))) if rng.random() < 0.05 else None
        if burst is not None:
            season[burst] *= 4
        drawn = rng.choice(len(codes), rng.poisson(a_day), p=season / season.sum())
        burst_cell = cells[int(rng.integers(len(cells)))]
        for number, at in enumerate(drawn.tolist()):
            code = codes[at]
            cell = burst_cell if at == burst else cells[int(rng.integers(len(cells)))]
            fault = _FAULTS[int(rng.choice(len(_FAULTS), p=habits[code]))]
            text = _text(rng, classes[code], fault)
            yield _row(first_day + day, number, code, cell, text, rng)
        for number in range(seeded.get(day, 0)):
            some = rng.choice(NEW_WORDS[2:], 2, replace=False)
            text = _text(rng, "".join(NEW_WORDS[:2]), "".join(some))
            cell = cells[int(rng.integers(len(cells)))]
            yield _row(first_day + day, 10_000 + number, "E9900", cell, text, rng)


def _days_of(new: Seeded | None, rng: np.random.Generator) -> dict[int, int]:
    """Draw on which day how many reports of the new kind come: ever more, in a straight line."""
    if new is None:
        return {}
    at = new.first + (new.last - new.first) * np.sqrt(rng.random(new.reports))
    days, counts = np.unique(at.astype(int), return_counts=True)
    return dict(zip(days.tolist(), counts.tolist(), strict=True))


def _text(rng: np.random.Generator, thing: str, fault: str) -> str:
    place = _PLACES[int(rng.integers(len(_PLACES)))]
    rare = _RARE[int(rng.integers(len(_RARE)))] if rng.random() < 0.3 else ""
    asked, end = (some[int(rng.integers(len(some)))] for some in (_ASKED, _ENDS))
    return f"{asked}{place}{rare}{thing}{fault}，{end}。"


def _row(
    day: int, number: int, code: str, cell: str, text: str, rng: np.random.Generator
) -> dict[str, Any]:
    return {
        "case": f"{EPOCH + timedelta(days=day):%Y%m%d}{number:05d}",
        "ts": day * DAY_MS + int(rng.integers(2 * 3_600_000, 14 * 3_600_000)),
        "category": code,
        "cell": cell,
        "street": street_code(cell),
        "text": text,
    }


def write_texts(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Write reports as JSON lines, without what readers find out themselves."""
    for row in rows:
        yield _ENCODE({name: value for name, value in row.items() if name != "street"}) + b"\n"
