"""Holds a request against the SDK's own types of what may be sent: no key beyond them, at any depth."""

import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any

import typing_extensions

_WRAPPERS = (typing_extensions.Required, typing_extensions.NotRequired, typing.Required, typing.NotRequired)


def faults(kind: Any, value: Any, place: str = "") -> list[str]:
    """Return what of the value is not what the type allows, each with its place."""
    return list(_faults(kind, value, place))


def _faults(kind: Any, value: Any, place: str) -> Iterator[str]:
    origin = typing.get_origin(kind)
    if origin in _WRAPPERS or origin is typing.Annotated:
        yield from _faults(typing.get_args(kind)[0], value, place)
    elif origin in (typing.Union, types.UnionType):
        yield from _of_union(typing.get_args(kind), value, place)
    elif origin in (typing.Literal, typing_extensions.Literal):
        if value not in typing.get_args(kind):
            yield f"{place}: Input should be {' or '.join(map(repr, typing.get_args(kind)))}"
    elif typing_extensions.is_typeddict(kind):
        yield from _of_object(kind, value, place)
    elif _is_list(kind, origin):
        yield from _of_list(typing.get_args(kind)[0], value, place)
    elif origin is dict or kind is dict:
        if not isinstance(value, dict):
            yield f"{place}: Input should be a valid dictionary"
    elif kind is object or kind is Any:
        return
    elif not _is_plain(kind, value):
        yield f"{place}: Input should be a valid {getattr(kind, '__name__', kind)}"


def _is_list(kind: Any, origin: Any) -> bool:
    name = getattr(origin or kind, "__name__", "")
    return name in ("list", "Iterable", "SequenceNotStr", "Sequence")


def _is_plain(kind: Any, value: Any) -> bool:
    if kind is type(None):
        return value is None
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _of_object(kind: Any, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: Input should be an object"
        return
    hints = typing_extensions.get_type_hints(kind, include_extras=True)
    for key in value:
        if key not in hints and kind.__name__ not in ("InputSchemaTyped",):
            yield f"{_in(place, key)}: Extra inputs are not permitted"
    for key, hint in hints.items():
        # What is required is asked of the hints: their module keeps annotations as text.
        if typing.get_origin(hint) in (typing_extensions.Required, typing.Required) and key not in value:
            yield f"{_in(place, key)}: Field required"
    for key, each in value.items():
        if key in hints:
            yield from _faults(hints[key], each, _in(place, key))


def _of_list(kind: Any, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place}: Input should be a valid list"
        return
    for number, each in enumerate(value):
        yield from _faults(kind, each, _in(place, str(number)))


def _of_union(kinds: Iterable[Any], value: Any, place: str) -> Iterator[str]:
    """Say what is wrong with the alternative that comes closest: the one with the fewest faults."""
    found = [faults(kind, value, place) for kind in kinds]
    fitting = [each for kind, each in zip(kinds, found, strict=True) if _has_its_type(kind, value)]
    yield from min(fitting or found, key=len)


def _has_its_type(kind: Any, value: Any) -> bool:
    """Tell whether `type` or `role` says that the value is meant as this alternative."""
    if not (typing_extensions.is_typeddict(kind) and isinstance(value, dict)):
        return False
    hints = typing_extensions.get_type_hints(kind, include_extras=True)
    return all(not faults(hints[key], value.get(key)) for key in ("type", "role") if key in hints)


def _in(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
