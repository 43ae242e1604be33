"""One request to the Messages API and what became of it. The only file that knows the SDK's classes.

Nothing is tried twice here, and nothing is decided: what failed is named, and says whether asking again can help.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from agent.domain.made import Tokens
from agent.errors import EngineFailed, Failure

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import Message, Usage
    from pydantic import BaseModel

API_URL = "https://api.anthropic.com"
_BY_STATUS = {
    400: Failure.BAD_REQUEST,
    401: Failure.BAD_KEY,
    402: Failure.NO_CREDIT,
    403: Failure.NOT_ALLOWED,
    404: Failure.NO_MODEL,
    408: Failure.TOO_SLOW,
    413: Failure.TOO_LARGE,
    422: Failure.BAD_REQUEST,
    429: Failure.RATE_LIMITED,
    504: Failure.TOO_SLOW,
    529: Failure.OVERLOADED,
}
_BY_TYPE = {"billing_error": Failure.NO_CREDIT, "overloaded_error": Failure.OVERLOADED}
#: Seconds that the service may ask to be left alone; whatever says more is no limit of the API's.
LONGEST_REST = 86_400.0
_SPEND_LIMIT = "spend_limit_reached"  #: how the codes end that say that the account's own limit is reached


@dataclass(frozen=True, slots=True)
class Use:
    """A tool that the model wants used."""

    id: str
    name: str
    input: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What the model said in one turn, and what that took."""

    text: str
    uses: tuple[Use, ...]
    stop_reason: str
    tokens: Tokens
    turn: Mapping[str, Any]  #: itself, as it is sent back in a conversation


class Sends(Protocol):
    """Whatever brings a request to a model and its message back: the API, or what was recorded of it."""

    def send(self, request: Mapping[str, Any], timeout: float) -> Said:
        """Return one message; raises EngineFailed naming why there is none."""


class Service:
    """The API at an address, opened with a key. The SDK is loaded at the first call."""

    def __init__(self, key: str, address: str = API_URL) -> None:
        self._key = key
        self._address = address
        self._sdk: anthropic.Anthropic | None = None
        self._lock = threading.Lock()

    def send(self, request: Mapping[str, Any], timeout: float) -> Said:
        """Ask for one message; raises EngineFailed naming why there is none."""
        with translated():
            return said_of(self.client().messages.create(**request, timeout=timeout))

    def check(self, model: str, timeout: float) -> None:
        """Raise EngineFailed where the key is not accepted or does not see the model; it costs nothing."""
        with translated():
            self.client().messages.count_tokens(
                model=model, messages=[{"role": "user", "content": "ping"}], timeout=timeout
            )

    def close(self) -> None:
        """Give the connections back."""
        if self._sdk is not None:
            self._sdk.close()

    def client(self) -> anthropic.Anthropic:
        """Return the SDK's client: its own retries are off, and it reads no key from anywhere else."""
        import anthropic

        from agent.engines.claude.deadline import hooks

        with self._lock:
            if self._sdk is None:
                self._sdk = anthropic.Anthropic(
                    api_key=self._key,
                    base_url=self._address,
                    max_retries=0,
                    http_client=anthropic.DefaultHttpxClient(event_hooks=hooks()),
                )
            return self._sdk


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of an answer or of a tool's input, as the API takes it."""
    import anthropic

    return anthropic.transform_schema(model)


def said_of(message: Message) -> Said:
    """Read a message; whatever is no message (a proxy's page) is an error of the service."""
    from anthropic.types import Message

    if not isinstance(message, Message) or message.usage is None or message.content is None:
        raise EngineFailed(Failure.BROKEN, "What came back is no message of the API.")
    return Said(
        text="".join(block.text for block in message.content if block.type == "text"),
        uses=tuple(
            Use(block.id, block.name, block.input) for block in message.content if block.type == "tool_use"
        ),
        stop_reason=message.stop_reason or "",
        tokens=_tokens(message.usage),
        turn={"role": "assistant", "content": [block.to_dict() for block in message.content]},
    )


def _tokens(usage: Usage) -> Tokens:
    return Tokens(
        input=usage.input_tokens or 0,
        output=usage.output_tokens or 0,
        cache_write=usage.cache_creation_input_tokens or 0,
        cache_read=usage.cache_read_input_tokens or 0,
    )


class translated:  # noqa: N801 - reads as a word of the `with` that it stands in
    """Turns the SDK's errors into ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, EngineFailed):
            return
        import anthropic

        from agent.engines.claude.deadline import may_be_charged

        if isinstance(error, anthropic.APIConnectionError):
            is_late = isinstance(error, anthropic.APITimeoutError)
            kind = Failure.TOO_SLOW if is_late else Failure.NO_ANSWER
            raise EngineFailed(kind, is_charged=may_be_charged(error)) from error
        if isinstance(error, anthropic.APIStatusError):
            raise _of_status(error) from error
        if isinstance(error, (anthropic.AnthropicError, ValueError)):
            # A body that is cut off or no JSON comes as ValueError, from below the SDK.
            raise EngineFailed(Failure.BROKEN, "What came back cannot be read.") from error


def _of_status(error: anthropic.APIStatusError) -> EngineFailed:
    kind = _BY_TYPE.get(error.type or "") or _BY_STATUS.get(error.status_code, Failure.BROKEN)
    if (error.error_code or "").endswith(_SPEND_LIMIT):
        kind = Failure.NO_CREDIT
    detail = f"It says {error.status_code}: {error.api_message or error.type or 'nothing more'}"
    return EngineFailed(kind, detail, seconds=_retry_after(error.response.headers.get("retry-after")))


def _retry_after(header: str | None) -> float:
    """Return the seconds of a `retry-after`, a day at the most; a date is not waited for, the API gives seconds."""
    try:
        seconds = float(header or 0)
    except ValueError:
        return 0.0
    return min(seconds, LONGEST_REST) if seconds > 0 else 0.0
