"""A question put to Claude: tried again where that helps, corrected once, its tools run, its cost recorded.

How one request travels is `service.py`'s, what is asked is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Generic

from pydantic import ValidationError

from agent.domain.made import Call, Made, Tokens
from agent.engines.claude.asking import A, Answered, Tool, no_faults
from agent.engines.claude.service import Said, Sends, Use, schema_of
from agent.errors import EngineFailed, Failure

if TYPE_CHECKING:
    from agent.domain.models import Model, Models
    from agent.engines.claude.pace import Pace
    from agent.ports import Ledger, Now
    from agent.prompts import Asked, Prompts, Question

ENGINE = "claude"
CORRECTION = "correction"  #: the template that tells what is wrong with an answer
#: Turns beyond the uses of tools: the answer, its correction, a pause or two.
SPARE_TURNS = 4
#: Seconds before the second try; doubled before each further one.
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
#: A token is about so many characters, for the bucket alone: what is paid is what the API counts.
CHARACTERS_A_TOKEN = 3.5
#: Faults of an answer that the model is told.
FAULTS_TOLD = 12
_FAILED_STOPS = {
    "refusal": Failure.REFUSED,
    "max_tokens": Failure.CUT_SHORT,
    "model_context_window_exceeded": Failure.TOO_LARGE,
}
_NO_MORE = "There are no more searches. Answer from what you have seen."


@dataclass(frozen=True, kw_only=True, slots=True)
class Clockwork:
    """Time as calls need it: the date of a call, a watch, and waiting."""

    now: Now
    seconds: Callable[[], float]
    sleep: Callable[[float], object]


class Calls:
    """Implements `Asks` over the Messages API."""

    def __init__(
        self,
        service: Sends,
        prompts: Prompts,
        models: Models,
        ledger: Ledger,
        pace: Pace,
        clockwork: Clockwork,
    ) -> None:
        self.service = service
        self.prompts = prompts
        self.models = models
        self.ledger = ledger
        self.pace = pace
        self.clockwork = clockwork

    def ask(
        self,
        prompt: str,
        inputs: Mapping[str, object],
        answer: type[A],
        *,
        case: str = "",
        source: str = "",
        tools: Sequence[Tool] = (),
        most_uses: int = 0,
        check: Callable[[A], Iterable[str]] = no_faults,
    ) -> Answered[A]:
        """Return the answer; raises EngineFailed where there is none that can be used."""
        question = self.prompts.question(prompt)
        model = self.models.tiers[question.tier]
        talk = _Talk(
            calls=self,
            question=question,
            model=model,
            answer=answer,
            check=check,
            tools={tool.name: tool for tool in tools},
            most_uses=most_uses,
            about=(case, source),
            request=request_of(question, question.render(inputs), model, self.models, answer, tools),
            began=self.clockwork.seconds(),
        )
        return talk.run()


def request_of(
    question: Question,
    asked: Asked,
    model: Model,
    models: Models,
    answer: type[A],
    tools: Sequence[Tool] = (),
) -> dict[str, Any]:
    """Return a question as the API takes it; what is the same from call to call ends at the breakpoint."""
    kept = {"type": "ephemeral", "ttl": models.cache_for.value}
    request: dict[str, Any] = {
        "model": model.name,
        "max_tokens": question.max_tokens + model.thinking,
        "system": [{"type": "text", "text": asked.system, "cache_control": kept}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": asked.user}]}],
        "output_config": {
            "effort": model.effort.value,
            "format": {"type": "json_schema", "schema": schema_of(answer)},
        },
    }
    if tools:
        request["tools"] = [_described(tool) for tool in tools]
    return request


def _described(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "strict": True,
        "input_schema": schema_of(tool.input),
    }


@dataclass(kw_only=True, slots=True)
class _Talk(Generic[A]):
    """One question until its answer. What was said is in `request`, what it took in the sums."""

    calls: Calls
    question: Question
    model: Model
    answer: type[A]
    check: Callable[[A], Iterable[str]]
    tools: Mapping[str, Tool]
    most_uses: int
    about: tuple[str, str]
    request: dict[str, Any]
    began: float
    used: int = 0
    is_corrected: bool = False
    tokens: Tokens = field(default_factory=Tokens)
    microdollars: int = 0

    def run(self) -> Answered[A]:
        """Ask until there is an answer; raises EngineFailed."""
        for _ in range(self.most_uses + SPARE_TURNS):
            answered = self._turn()
            if answered is not None:
                return Answered(answered, self._made())
        raise EngineFailed(Failure.TOO_MANY_STEPS)

    def _turn(self) -> A | None:
        """Have one turn; None where the conversation goes on."""
        said, seconds = self._said()
        if said.stop_reason in ("tool_use", "pause_turn"):
            self._record(said.tokens, "searched" if said.uses else "paused", seconds)
            self._go_on(said, [self._result(use) for use in said.uses])
            return None
        if said.stop_reason in _FAILED_STOPS:
            failure = _FAILED_STOPS[said.stop_reason]
            self._record(said.tokens, failure.value, seconds)
            raise EngineFailed(failure)
        value, faults = self._read(said.text)
        if value is not None and not faults:
            self._record(said.tokens, "answered", seconds)
            return value
        self._record(said.tokens, "corrected" if not self.is_corrected else Failure.WRONG_SHAPE, seconds)
        self._correct(said, faults)
        return None

    def _read(self, text: str) -> tuple[A | None, list[str]]:
        """Return the answer and what is wrong with it. What the model wrote is not repeated in a fault of shape."""
        try:
            value = self.answer.model_validate_json(text)
        except ValidationError as error:
            told = error.errors(include_url=False, include_input=False, include_context=False)
            return None, [f"{'.'.join(map(str, each['loc'])) or 'answer'}: {each['msg']}" for each in told]
        return value, list(self.check(value))

    def _correct(self, said: Said, faults: Sequence[str]) -> None:
        """Tell the model what is wrong, once; raises EngineFailed the second time."""
        if self.is_corrected:
            raise EngineFailed(Failure.WRONG_SHAPE, "; ".join(faults[:3]))
        self.is_corrected = True
        told = self.calls.prompts.render(CORRECTION, {"faults": tuple(faults[:FAULTS_TOLD])}).text
        self._go_on(said, [{"type": "text", "text": told}])

    def _go_on(self, said: Said, content: Sequence[Mapping[str, Any]]) -> None:
        """Add both turns; a pause is only handed back, and an empty turn would not be taken."""
        own = [said.turn] if said.turn["content"] else []
        theirs = [{"role": "user", "content": list(content)}] if content else []
        self.request["messages"] = [*self.request["messages"], *own, *theirs]
        if self.tools and self.used >= self.most_uses:
            self.request["tool_choice"] = {"type": "none"}

    def _result(self, use: Use) -> dict[str, Any]:
        """Run a tool; a wrong input or one use too many is told to the model."""
        shown, is_error = self._run(use)
        return {"type": "tool_result", "tool_use_id": use.id, "content": shown, "is_error": is_error}

    def _run(self, use: Use) -> tuple[str, bool]:
        tool = self.tools.get(use.name)
        if tool is None:
            return f"There is no tool {use.name!r}.", True
        if self.used >= self.most_uses:
            return _NO_MORE, True
        self.used += 1
        try:
            given = tool.input.model_validate(use.input)
        except ValidationError as error:
            return f"The input does not fit: {error.error_count()} faults.", True
        return tool.run(given), False

    def _said(self) -> tuple[Said, float]:
        """Send what there is, again where that can help and there is time; return it and its seconds."""
        tries = 0
        while True:
            tries += 1
            watch = self.calls.clockwork.seconds()
            try:
                said = self._send()
            except EngineFailed as failure:
                asked = failure.tries > 0
                if asked:
                    most = self._most() if failure.is_charged else 0
                    self._record(Tokens(), failure.kind.value, self.calls.clockwork.seconds() - watch, most)
                self._wait(failure, tries if asked else tries - 1)
            else:
                return said, self.calls.clockwork.seconds() - watch

    def _send(self) -> Said:
        calls = self.calls
        with calls.pace.turn(self._length(), self._left()):
            # Asked when its turn has come: what others spent while it waited counts too.
            if calls.ledger.spent(calls.clockwork.now().astimezone(UTC).date()) >= calls.models.daily_cap:
                raise EngineFailed(Failure.SPEND_CAP, "`daily_cap` of models.yaml.", tries=0)
            return calls.service.send(self.request, max(min(calls.models.timeout_seconds, self._left()), 1.0))

    def _length(self) -> int:
        """Estimate the tokens of the request."""
        return int(_characters(self.request) / CHARACTERS_A_TOKEN)

    def _most(self) -> int:
        """Return what a request whose answer nobody read can have cost, so that `daily_cap` holds without it."""
        return self.model.microdollars(Tokens(input=self._length(), output=self.request["max_tokens"]))

    def _wait(self, failure: EngineFailed, tries: int) -> None:
        """Wait before the next try; raises the failure where none can help or none fits into the time."""
        wait = failure.seconds or min(FIRST_WAIT * 2 ** max(tries - 1, 0), LONGEST_WAIT)
        is_last = tries >= self.calls.models.tries or not failure.kind.may_pass
        if not failure.tries or is_last or wait >= self._left():
            raise EngineFailed(failure.kind, failure.detail, tries, failure.seconds) from failure
        self.calls.clockwork.sleep(wait)

    def _left(self) -> float:
        """Return the seconds that are left for this question."""
        return self.calls.models.patience_seconds - (self.calls.clockwork.seconds() - self.began)

    def _record(self, tokens: Tokens, outcome: str, seconds: float, most: int = 0) -> None:
        """Write down what a request took, at once: the money is spent whatever becomes of the answer.

        `most` are microdollars for one whose tokens nobody told.
        """
        case, source = self.about
        cost = most or self.model.microdollars(tokens)
        self.tokens += tokens
        self.microdollars += cost
        self.calls.ledger.record(
            Call(
                at=self.calls.clockwork.now(),
                case=case,
                source=source,
                prompt=self.question.name,
                prompt_hash=self.question.hash,
                model=self.model.name,
                tokens=tokens,
                microdollars=cost,
                seconds=seconds,
                outcome=outcome,
            )
        )

    def _made(self) -> Made:
        prompts = {self.question.name: self.question.hash}
        if self.is_corrected:
            prompts[CORRECTION] = self.calls.prompts[CORRECTION].hash
        return Made(
            engine=ENGINE,
            model=self.model.name,
            prompts=prompts,
            seconds=self.calls.clockwork.seconds() - self.began,
            tokens=self.tokens,
            microdollars=self.microdollars,
        )


def _characters(value: object) -> int:
    """Return how long all texts of a request are."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list) else 0
