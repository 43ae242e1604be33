"""What a Case costs on Claude: the prompts of real messages rendered as they would be sent, and priced.

Nothing is sent. Tokens are estimated from characters, because Claude's tokenizer is not public, and the length of
an answer is that of one filled in from what the embedded engine found. Both are said beside the figures.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agent.domain.actions import ActionKind
from agent.domain.made import Made, Tokens
from agent.domain.models import Tier
from agent.domain.reports import Brief, Intent
from agent.engines.claude import answers
from agent.engines.claude.asking import A, Answered, Tool, no_faults
from agent.engines.claude.calls import CHARACTERS_A_TOKEN, request_of
from agent.engines.claude.engine import ClaudeEngine
from agent.engines.claude.guidance import guidance_of
from agent.engines.claude.quotes import locate
from agent.prompts import Prompts, prompts_dir
from agent.triage.facts import report_of
from agent.triage.trial import Trials
from evals.speed import at

if TYPE_CHECKING:
    from pydantic import BaseModel

    from agent.domain.messages import Message
    from agent.domain.models import Model, Models
    from agent.domain.proposals import Proposal
    from agent.house import House

CENT = 10_000  #: microdollars


@dataclass(frozen=True, slots=True)
class Priced:
    """One call: its prompt, the tokens of what is the same from call to call, of the rest, and of the answer."""

    prompt: str
    tier: Tier
    stable: int
    varying: int
    output: int

    def microdollars(self, model: Model, *, cached: bool, thinks: bool = False) -> int:
        """Return the price where the stable part is read from the cache, or where it is written there.

        With `thinks` the model takes all the thought that it may.
        """
        thought = model.thinking if thinks else 0
        read = Tokens(input=self.varying, output=self.output + thought)
        kept = Tokens(cache_read=self.stable) if cached else Tokens(cache_write=self.stable)
        return model.microdollars(read + kept)


@dataclass
class Measuring:
    """Implements `Asks`: renders what would be sent, prices it, and answers as the embedded engine did."""

    prompts: Prompts
    models: Models
    answer_of: Callable[[type[BaseModel]], BaseModel]
    calls: list[Priced] = field(default_factory=list)

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
        question = self.prompts.question(prompt)
        model = self.models.tiers[question.tier]
        sent = request_of(question, question.render(inputs), model, self.models, answer, tools)
        value = self.answer_of(answer)
        assert isinstance(value, answer)
        stable = sent.get("tools", []), sent["system"], sent["output_config"]["format"]["schema"]
        self.calls.append(
            Priced(
                prompt,
                question.tier,
                tokens(stable),
                tokens(sent["messages"]),
                tokens(value.model_dump(mode="json")),
            )
        )
        return Answered(value, Made(engine="measured"))


def tokens(thing: Any) -> int:
    """Estimate the tokens of a text or of the JSON of anything else."""
    text = thing if isinstance(thing, str) else json.dumps(thing, ensure_ascii=False)
    return round(len(text) / CHARACTERS_A_TOKEN)


def costs(house: House, messages: Sequence[Message]) -> Iterator[str]:
    """Yield the tables: tokens a Case and a call, the share that is cached, cents cached and not."""
    cases = [_case(house, message) for message in messages]
    models = house.settings.models
    small = dict.fromkeys(Tier, models.tiers[Tier.SMALL])
    yield (
        f"Prompts of {len(cases)} real messages as they would be sent, nothing sent. A token is taken as {CHARACTERS_A_TOKEN} characters"
        " (an estimate: Claude's tokenizer is not public), answers are as long as ones filled in from the embedded engine's"
        " findings, prices are those of `config/models.yaml`. Each Case is"
        " taken to file an Issue. Looking further (a turn more of `match`) and corrections are not in it. Cached is where"
        " every stable part is found in the cache; a model keeps none that is shorter than a length of its own."
    )
    yield ""
    yield "| a Case | p50 | p95 |"
    yield "| --- | --- | --- |"
    yield _row("calls", [len(case) for case in cases])
    yield _row("tokens read", [sum(call.stable + call.varying for call in case) for case in cases])
    yield _row("tokens written", [sum(call.output for call in case) for case in cases])
    shares = [_share(case) for case in cases]
    yield _row("share of what is read that is cached", [100 * share for share in shares], "{:.0f} %")
    for name, table in (("the small tier", small), ("as configured", models.tiers)):
        for cached in (False, True):
            said = "cached" if cached else "uncached (written to the cache)"
            yield _row(f"cents, {name}, {said}", [_cents(case, table, cached) for case in cases], "{:.3f}")
    for name, table in (("the small tier", small), ("as configured", models.tiers)):
        thinking = [_cents(case, table, False, thinks=True) for case in cases]
        yield _row(f"cents, {name}, uncached, with all the `thinking` allowed", thinking, "{:.3f}")
    yield ""
    yield from _by_prompt(cases)


def _row(name: str, values: Sequence[float], form: str = "{:,.0f}") -> str:
    ordered = sorted(values)
    return f"| {name} | {form.format(at(ordered, 0.5))} | {form.format(at(ordered, 0.95))} |"


def _share(case: Sequence[Priced]) -> float:
    stable = sum(call.stable for call in case)
    return stable / (stable + sum(call.varying for call in case))


def _cents(
    case: Sequence[Priced], table: Mapping[Tier, Model], cached: bool, *, thinks: bool = False
) -> float:
    return sum(call.microdollars(table[call.tier], cached=cached, thinks=thinks) for call in case) / CENT


def _by_prompt(cases: Sequence[Sequence[Priced]]) -> Iterator[str]:
    yield "| prompt | tier | calls | stable tokens | varying, p50 / p95 | written, p50 / p95 |"
    yield "| --- | --- | --- | --- | --- | --- |"
    calls = [call for case in cases for call in case]
    for prompt in dict.fromkeys(call.prompt for call in calls):
        own = [call for call in calls if call.prompt == prompt]
        varying, written = sorted(call.varying for call in own), sorted(call.output for call in own)
        yield (
            f"| {prompt} | {own[0].tier} | {len(own)} | {own[0].stable:,} | {at(varying, 0.5):,} / {at(varying, 0.95):,}"
            f" | {at(written, 0.5):,} / {at(written, 0.95):,} |"
        )


def _case(house: House, message: Message) -> list[Priced]:
    """Return the calls that a message would take."""
    (read,) = house.trials([message], 10)
    if read.proposal is None:
        return []
    asks = Measuring(Prompts(prompts_dir()), house.settings.models, _Filled(message, read.proposal).of)
    engine = ClaudeEngine(
        asks=asks,
        beside=house.ports.engine,
        layout=Prompts(prompts_dir()).below("embedded"),
        guidance=guidance_of(house.settings),
    )
    steps = replace(house.steps, engine=engine)
    list(Trials(steps, house.store, house.now, time.monotonic, "").run([message], 10))
    if "issue" not in {call.prompt for call in asks.calls}:
        engine.describe(_filing(house, message, read.proposal), read.proposal.assessment)
    return asks.calls


def _filing(house: House, message: Message, proposal: Proposal) -> Brief:
    """Return the brief of a Case that files an Issue: these reports are Issues already, and others are not."""
    source = house.settings.source(message.source)
    return Brief(
        intent=Intent.NEW_BUG,
        type=proposal.type,
        destination=source.id,
        destination_name=source.name,
        visibility=source.visibility,
        report=report_of([message], source.project, message.author, house.now()),
        files_issue=True,
    )


@dataclass(frozen=True, slots=True)
class _Filled:
    """Answers of the lengths to expect: what the embedded engine found, in the shapes that are asked for."""

    message: Message
    proposal: Proposal

    def of(self, kind: type[BaseModel]) -> BaseModel:
        makers: dict[type[BaseModel], Callable[[], BaseModel]] = {
            answers.Assessed: self._assessed,
            answers.Compared: self._compared,
            answers.Drafted: self._drafted,
            answers.Described: self._described,
        }
        return makers[kind]()

    def _assessed(self) -> answers.Assessed:
        read, words = self.proposal.assessment, self.message.title.split()
        findable = [each for each in read.factors if each.kind in answers.FINDABLE]
        return answers.Assessed(
            type=self.proposal.type,
            second=None,
            sure=answers.Sureness.LIKELY,
            findings=[
                answers.Finding(kind=each.kind, quote=each.quote.text if each.quote else "")  # type: ignore[arg-type]
                for each in findable
            ],
            hours_low=read.effort.low,
            hours_high=read.effort.high,
            hours_known=read.effort.sure,
            area=read.area or "",
            area_quote=read.area_quote.text if read.area_quote else "",
            missing=[lacking for lacking, asked in answers.ASKED_FOR.items() if asked in read.missing],
            version=read.version or "",
            language="en",
            queries=answers.Queries(
                symptom=" ".join(words[:12]), error=" ".join(words[:6]), component=" ".join(words[:3])
            ),
            unsure=list(read.unsure),
        )

    def _compared(self) -> answers.Compared:
        """Return a verdict on whatever is shown; the best three in full."""
        return answers.Compared(compared=list(_verdicts(self.proposal)))

    def _drafted(self) -> answers.Drafted:
        draft = self.proposal.draft
        assert draft is not None
        claims = [
            answers.Stated(text=each.text, record=answers.Record.REPORT)
            for each in draft.claims
            if locate(draft.text, each.text)
        ]
        return answers.Drafted(reply=draft.text, translation="", claims=claims)

    def _described(self) -> answers.Described:
        filed = next((step for step in self.proposal.plan if step.kind is ActionKind.CREATE_ISSUE), None)
        return answers.Described(
            title=filed.title if filed else self.message.title,
            what_happened=filed.body if filed else self.message.text[:1_000],
            expected="",
            steps=[],
            systems=[],
            impact=[],
            workaround="",
            evidence=[],
        )


def _verdicts(proposal: Proposal) -> Iterator[answers.Judged]:
    for place, each in enumerate(proposal.matched.likenesses):
        near = place < 3
        yield answers.Judged(
            id=each.issue_id,
            verdict=answers.Sameness.RELATED if near else answers.Sameness.DIFFERENT,
            theirs=each.theirs.text if near and each.theirs else "",
            ours=each.ours if near else "",
            differs="; ".join(each.differs) if near else "",
        )
