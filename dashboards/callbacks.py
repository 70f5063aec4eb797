"""The callbacks of pages, checked before Dash sees them.

Dash takes whatever a callback's body holds, and answers a malformed one with an internal error.
Here a body is decoded against what the pages have declared, and written anew with nothing else in
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from dash import Dash

MOST_ENTRIES: Final = 1_000  # components that one pattern matches

Types = Mapping[tuple[str, str], Any]


class _Property(msgspec.Struct):
    """One value of a page; its id is an object where a pattern names it."""

    id: str | dict[str, str | int]
    property: str
    value: msgspec.Raw = msgspec.Raw(b"null")


class _Body(msgspec.Struct):
    """What of a callback's body is read."""

    output: str
    inputs: list[msgspec.Raw]
    state: list[msgspec.Raw] = []
    outputs: Any = None
    changedPropIds: list[str] = []


class CallbackCheck:
    """Checks bodies against the callbacks that the pages have added.

    Parameters
    ----------
    app : Dash
    types : mapping
        Types of single values: (component, property) → type.
    """

    def __init__(self, app: Dash, types: Types) -> None:
        self._app, self._types = app, types

    def __call__(self, body: bytes) -> bytes:
        """Check the body of a callback and write it anew.

        Raises
        ------
        ValueError
            It is not JSON, not for a callback of the pages, or a value has another type than
            declared.
        """
        told = msgspec.json.decode(body, type=_Body)
        known = self._app.callback_map.get(told.output)
        if known is None or "callback" not in known:  # without: the browser's own
            msg = "expected the output of a page"
            raise ValueError(msg)
        inputs = self._entries(told.inputs, known["inputs"])
        state = self._entries(told.state, known["state"])
        places = {f"{one['id']}.{one['property']}" for one in [*inputs, *state] if "id" in one}
        patterns = any("id" not in one for one in [*inputs, *state])
        changed = [name for name in told.changedPropIds if patterns or name in places]
        return msgspec.json.encode(
            {
                "output": told.output,
                "outputs": _outputs(told.output, told.outputs),
                "inputs": [one.get("all", one) for one in inputs],
                "state": [one.get("all", one) for one in state],
                "changedPropIds": changed,
            }
        )

    def _entries(self, told: list[msgspec.Raw], known: list[dict[str, str]]) -> list[Any]:
        if len(told) != len(known):
            wanted = ", ".join(f"{one['id']}.{one['property']}" for one in known)
            msg = f"expected the properties {wanted}"
            raise ValueError(msg)
        return [self._entry(*pair) for pair in zip(told, known, strict=True)]

    def _entry(self, raw: msgspec.Raw, known: dict[str, str]) -> dict[str, Any]:
        """One property as declared; of a pattern, under `all`, those that match it."""
        is_pattern = known["id"].startswith("{")
        if is_pattern:
            return {"all": _matched(raw, known)}
        told = msgspec.json.decode(raw, type=_Property)
        if (told.id, told.property) != (known["id"], known["property"]):
            msg = f"expected the property {known['id']}.{known['property']}"
            raise ValueError(msg)
        kind = self._types.get((known["id"], known["property"]), Any)
        value = msgspec.json.decode(told.value, type=kind)
        return {"id": told.id, "property": told.property, "value": value}


def _matched(raw: msgspec.Raw, known: dict[str, str]) -> Any:
    keys = set(msgspec.json.decode(known["id"], type=dict[str, Any]))
    told = msgspec.json.decode(raw, type=list[_Property] | _Property)
    every = told if isinstance(told, list) else [told]
    fits = all(
        isinstance(one.id, dict) and set(one.id) == keys and one.property == known["property"]
        for one in every
    )
    if len(every) > MOST_ENTRIES or not fits:
        msg = f"expected properties that match {known['id']}.{known['property']}"
        raise ValueError(msg)
    return told


def _outputs(output: str, told: Any) -> Any:
    """Places of the outputs: those that the callback has, or where patterns name them, as told."""
    if "{" in output:
        return told
    places = output.strip(".").split("...")
    split = [dict(zip(("id", "property"), place.rsplit(".", 1), strict=True)) for place in places]
    return split if output.startswith("..") else split[0]
