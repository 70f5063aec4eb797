"""What looks like the data of a person: refused where only counts and classes may come in.

A check by shape, on the safe side: a resident's id number, a telephone number, an e-mail address,
or a field that is called after a person's data. What a name is cannot be told from a text, so that
every text that is kept must be a code of a declared list as well.

References
----------
GB 11643-1999 (citizen identification number); GB/T 35273-2020, Annex A (personal information).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

_ID_NUMBER: Final = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?!\d)")
_OLD_ID_NUMBER: Final = re.compile(r"(?<!\d)[1-9]\d{7}[01]\d[0-3]\d{4}(?!\d)")
_MOBILE: Final = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LANDLINE: Final = re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_SHAPES: Final = {
    "an id number": (_ID_NUMBER, _OLD_ID_NUMBER),
    "a telephone number": (_MOBILE, _LANDLINE),
    "an e-mail address": (_MAIL,),
}
_SURNAMES: Final = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_NAME: Final = re.compile(r"[一-鿿·]{2,4}")
# Names of fields that a sender may use for data of a person.
_FIELDS: Final = frozenset(
    {
        *("name", "names", "fullname", "full_name", "person", "patient", "citizen"),
        *("phone", "tel", "telephone", "mobile", "email", "mail", "address"),
        *("idcard", "id_card", "idnumber", "id_number", "identity", "passport"),
        *("birthday", "birthdate", "birth"),
        *("姓名", "名字", "电话", "手机", "手机号", "联系电话", "住址", "地址"),
        *("身份证", "身份证号", "证件号码", "出生日期"),
    }
)


def personal_shape(text: str) -> str | None:
    """Say what data of a person a text looks like; None where it looks like none.

    Examples
    --------
    >>> personal_shape("13812345678"), personal_shape("110101199003071234")
    ('a telephone number', 'an id number')
    >>> personal_shape("王小明"), personal_shape("internal-medicine")
    ('a name', None)
    """
    for shape, patterns in _SHAPES.items():
        if any(pattern.search(text) for pattern in patterns):
            return shape
    if _NAME.fullmatch(text) and text[0] in _SURNAMES:
        return "a name"
    return None


def personal_field(fields: Iterable[str]) -> str | None:
    """Name the first field that is called after data of a person; None where none is."""
    return next((name for name in fields if name.strip().lower() in _FIELDS), None)


def personal_in(sent: dict[str, Any], known: Iterable[str]) -> str | None:
    """Say why an object as sent holds data of a person; None where it does not.

    Parameters
    ----------
    sent : dict
        All fields, also those that nobody reads.
    known : iterable of str
        Codes of declared lists: they are none, whatever they look like.
    """
    field = personal_field(sent)
    if field is not None:
        return f"field {field!r} is for data of a person"
    codes = set(known)
    for name, value in sent.items():
        if name == "cell":
            continue  # fifteen digits like an old id number; the grid knows its cells
        if isinstance(value, str) and value not in codes and (shape := personal_shape(value)):
            return f"field {name!r} holds what looks like {shape}"
    return None
