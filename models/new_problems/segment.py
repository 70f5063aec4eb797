"""Words of a report: what it tells of, and nothing that could lead to a person.

References
----------
`rjieba`, a binding of jieba-rs: dictionary and hidden Markov model for words that it lacks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import rjieba

LONGEST: Final = 500  # characters of a report that are read
_WORD: Final = re.compile(r"[一-鿿]{2,8}|[a-z]{3,20}")
# Words of asking, time and place that tell of no matter.
_ASKING: Final = (
    "市民 反映 来电 希望 有关 部门 处理 请求 核实 解决 问题 情况 目前 今天 "
    "昨天 现在 一直 多次 已经 附近 旁边 门口 路口 对面 这里 那里 没有 可以 "
    "要求 尽快 影响 严重 居民 出行 生活 the and for"
)
_STOP: Final = frozenset(_ASKING.split())


def words(text: str) -> frozenset[str]:
    """Give the words of a text, each once; numbers, names of one letter and punctuation go.

    Examples
    --------
    >>> sorted(words("市民反映路口共享单车堆放，电话13800000000"))
    ['共享', '单车', '堆放', '电话']
    """
    return _cut(text[:LONGEST].lower())


@lru_cache(maxsize=65_536)
def _cut(text: str) -> frozenset[str]:
    found = (word for word in rjieba.cut(text) if _WORD.fullmatch(word))
    return frozenset(word for word in found if word not in _STOP)
