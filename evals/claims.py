"""How often the check of claims is right: on drafts that are true, and on sentences that were made up.

`python -m evals.claims` writes the embedded engine's drafts for the sample team's messages, counts the
sentences that it flags or takes out (each a false alarm: the templates say what records hold), then puts each
sentence of `datasets/inventions.jsonl` into each draft and counts those that it lets pass. With `--reports` the
drafts are for real reports of TRIAGE_DATA.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.domain.reports import Brief
from agent.policy.claims import check, hosts_of, sources_of
from agent.policy.mentions import without_mentions
from agent.policy.promises import without_promises
from agent.triage.draft import brief_of
from agent.triage.vet import fit_reply
from evals.reports import issue_from, issues, lines_of, message_from, reports, settings_in

if TYPE_CHECKING:
    from agent.domain.issues import Issue
    from agent.domain.messages import Message
    from agent.domain.proposals import Draft
    from agent.house import House
    from agent.settings import Settings

DATASETS = Path(__file__).parent / "datasets"
MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Written:
    """A draft with the brief that it was written from."""

    id: str
    brief: Brief
    draft: Draft


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarms:
    """What was flagged in drafts that are true."""

    drafts: int
    sentences: tuple[tuple[str, str, tuple[str, ...]], ...]  #: message, sentence, what it lacks


@dataclass(frozen=True, kw_only=True, slots=True)
class Caught:
    """Of the inventions of a kind, each put into each draft: how many were caught, and what passed."""

    tried: Counter[str]
    caught: Counter[str]
    passed: Counter[str]  #: by sentence


def written(house: House, messages: Sequence[Message]) -> Iterator[Written]:
    """Yield the drafts for these messages as the engine wrote them, with what each was made from."""
    from agent.policy.shifts import holder
    from agent.triage import facts

    steps, on_shift = house.steps, holder(house.settings.rotation, house.now()).holder
    for message in messages:
        if steps.screen([message]):
            continue
        project = house.settings.source(message.source).project
        report = facts.report_of([message], project, message.author, house.now())
        matched = steps.match(report)
        assessment = steps.assess(report, matched)
        with house.store.read() as tx:
            known = facts.known(tx, project, matched.likenesses, holder=on_shift)
        decision = steps.decide(report, matched, assessment, known, {})
        if decision.intent is not None:
            brief = brief_of(report, assessment, decision, known, house.settings)
            yield Written(message.id, brief, house.steps.engine.draft(brief))


def false_alarms(drafts: Sequence[Written], settings: Settings) -> Alarms:
    """Count what is flagged in or taken out of drafts as they were written."""
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for each in drafts:
        fit, removed = fit_reply(each.draft, each.brief)
        found += [(each.id, removal.was, (removal.kind,)) for removal in removed]
        found += [
            (each.id, sentence, lacks) for sentence, lacks in _flags(fit, fit.text, each.brief, settings)
        ]
    return Alarms(drafts=len(drafts), sentences=tuple(found))


def caught(drafts: Sequence[Written], inventions: Sequence[Mapping[str, str]], settings: Settings) -> Caught:
    """Put each invention into each draft, and see whether it is flagged, taken out or let pass."""
    score = Caught(tried=Counter(), caught=Counter(), passed=Counter())
    for each in drafts:
        for invention in inventions:
            kind, sentence = invention["kind"], invention["text"]
            score.tried[kind] += 1
            if _is_caught(sentence, each, settings):
                score.caught[kind] += 1
            else:
                score.passed[sentence] += 1
    return score


def _is_caught(sentence: str, written: Written, settings: Settings) -> bool:
    draft = replace(written.draft, text=f"{written.draft.text}\n\n{sentence}")
    typed = (draft.typed, written.brief.answer.answer if written.brief.answer else "")
    text, called = without_mentions(draft.text)
    text, removed = without_promises(text, typed)
    is_gone = any(each.was in sentence for each in (*called, *removed))
    return is_gone or any(
        sentence in flag or flag in sentence for flag, _ in _flags(draft, text, written.brief, settings)
    )


def _flags(draft: Draft, text: str, brief: Brief, settings: Settings) -> list[tuple[str, tuple[str, ...]]]:
    sources = sources_of(brief, settings.grounds, (draft.typed,))
    found = check(text, sources, hosts_of(brief, settings.grounds))
    return [(each.sentence, tuple(piece.text for piece in each.lacks)) for each in found]


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    from agent.settings import example
    from agent.wiring import open_house

    parser = argparse.ArgumentParser(prog="python -m evals.claims", description=__doc__)
    parser.add_argument(
        "--reports", metavar="NAME", help="real reports in place of the sample, as rust.train"
    )
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        settings = settings_in(example(Path(scratch)), Path(scratch))
        known, messages = _real(settings, asked.reports) if asked.reports else _sample(settings)
        with open_house(settings, command="evals.claims") as house:
            house.add_issues(known)
            drafts = list(written(house, messages))
        for line in _table(drafts, settings):
            print(line)


def _sample(settings: Settings) -> tuple[list[Issue], list[Message]]:
    folder = settings.config_dir / "demo"
    known = [issue_from(line) for line in lines_of(folder / "issues.jsonl")]
    return known, [message_from(line) for line in lines_of(folder / "messages.jsonl")]


def _real(settings: Settings, name: str) -> tuple[list[Issue], list[Message]]:
    known = issues(settings.data, name.partition(".")[0])
    return list(known), reports(settings.data, name).messages[:MESSAGES]


def _table(drafts: Sequence[Written], settings: Settings) -> Iterator[str]:
    alarms = false_alarms(drafts, settings)
    yield f"{alarms.drafts} true drafts: {len(alarms.sentences)} false alarms"
    for message, sentence, lacks in alarms.sentences:
        print(f"  {message}: {sentence!r} lacks {', '.join(lacks)}", file=sys.stderr)
    score = caught(drafts, list(lines_of(DATASETS / "inventions.jsonl")), settings)
    yield "| made up | tried | caught |"
    yield "| --- | --- | --- |"
    for kind in score.tried:
        yield f"| {kind} | {score.tried[kind]:,} | {score.caught[kind] / score.tried[kind]:.1%} |"
    yield f"| all | {score.tried.total():,} | {score.caught.total() / score.tried.total():.1%} |"
    for sentence, times in score.passed.most_common():
        print(f"  passed {times} times: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
