"""Domain records to JSON text and back. Pydantic checks them on the way in."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def to_json(record: object) -> str:
    """Write a domain record as JSON text."""
    dumped: bytes = _adapter(type(record)).dump_json(record)
    return dumped.decode()


def from_json(kind: type[T], text: str) -> T:
    """Read what `to_json` wrote; ValidationError when it does not fit `kind`."""
    found: T = _adapter(kind).validate_json(text)
    return found


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    # Building one takes milliseconds; two threads building the same one do no harm.
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
