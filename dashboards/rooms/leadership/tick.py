"""The one request that a page sends each second, checked before Dash sees it.

Dash takes whatever types a callback's body holds. Here it is decoded against the types that the
page sends, and written anew with nothing else in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from dashboards.rooms.leadership.refresh import OUTPUTS, Seen

Count = Annotated[int, Meta(ge=0, le=2**53)]
Name = Annotated[str, Meta(max_length=200)]
RootFontPx = Annotated[float, Meta(ge=1, le=400)]

INPUTS: Final[Mapping[tuple[str, str], Any]] = {
    ("tick", "n_intervals"): Count | None,
    ("layer", "value"): Name | None,
    ("viewport", "data"): RootFontPx | None,
}
STATES: Final[Mapping[tuple[str, str], Any]] = {("seen", "data"): Seen | None}


class _Property(msgspec.Struct):
    """One value of the page."""

    id: str
    property: str
    value: msgspec.Raw = msgspec.Raw(b"null")


class _Body(msgspec.Struct):
    """What of a callback's body is read."""

    output: str
    inputs: list[_Property]
    state: list[_Property] = []
    changedPropIds: list[str] = []


def checked_body(body: bytes) -> bytes:
    """Check the body of a callback and write it anew.

    Raises
    ------
    ValueError
        It is not JSON, not for the page's callback, or a value has another type than the page
        sends.
    """
    told = msgspec.json.decode(body, type=_Body)
    if told.output != OUTPUT_ID:
        msg = "expected the output of the page"
        raise ValueError(msg)
    inputs, state = _checked(told.inputs, INPUTS), _checked(told.state, STATES)
    known = {f"{one}.{name}" for one, name in INPUTS}
    return msgspec.json.encode(
        {
            "output": OUTPUT_ID,
            "outputs": [{"id": one, "property": name} for one, name in OUTPUTS.values()],
            "inputs": inputs,
            "state": state,
            "changedPropIds": sorted(known.intersection(told.changedPropIds)),
        }
    )


def _checked(
    told: list[_Property], types: Mapping[tuple[str, str], Any]
) -> list[dict[str, object]]:
    """Decode the values by their types, in the order that Dash expects."""
    values = {(one.id, one.property): one.value for one in told}
    if len(told) != len(values) or set(values) != set(types):
        wanted = ", ".join(f"{one}.{name}" for one, name in types)
        msg = f"expected the properties {wanted}"
        raise ValueError(msg)
    return [
        {"id": one, "property": name, "value": msgspec.json.decode(values[one, name], type=kind)}
        for (one, name), kind in types.items()
    ]


OUTPUT_ID: Final = "..{}..".format("...".join(f"{one}.{name}" for one, name in OUTPUTS.values()))
"""How Dash names the outputs of the page's callback."""
