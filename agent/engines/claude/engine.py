"""Claude behind `ports.Engine`: which question is asked with what, and what is made of the answer.

How a question gets there and what it costs is `calls.py`'s; that the embedded engine takes over where
there is no answer is `engines/standing_in.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.domain.assessments import Assessment, Candidate, Compared, Likeness, Matched, Researched
from agent.domain.made import Made
from agent.engines.claude import answers, assessing, comparing, describing, drafting
from agent.engines.claude.memory import Memory, costless, key_of
from agent.engines.claude.research import Looking
from agent.engines.claude.shown import Shown
from agent.engines.claude.tags import Tags, draw
from agent.policy.untrusted import Gate, gate_of

if TYPE_CHECKING:
    from agent.domain.issues import Issue
    from agent.domain.proposals import Draft
    from agent.domain.reports import Brief, Description, Report
    from agent.engines.claude.asking import Answered, Asks
    from agent.engines.claude.comparing import Pair
    from agent.engines.claude.guidance import Guidance
    from agent.ports import Engine, Library
    from agent.prompts import Prompts

Judgements = Mapping[str, answers.Judged]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaudeEngine:
    """Implements `ports.Engine`. Raises EngineFailed where Claude gives no answer that can be used.

    `beside` is the embedded engine: it knows what is learned and not read, compares what may not be sent,
    and writes what holds nobody's words. `layout` are its templates.
    """

    asks: Asks
    beside: Engine
    layout: Prompts
    guidance: Guidance
    token: Callable[[], str] = draw
    name: str = "claude"
    _readings: Memory[answers.Assessed] = field(default_factory=Memory)
    _judged: Memory[Judgements] = field(default_factory=Memory)

    def research(self, report: Report, found: Sequence[Pair], library: Library) -> Researched:
        """Search by what the report says, and let Claude look further while it compares.

        The comparison is remembered, so that `compare` of the same candidates does not ask again.
        """
        shown = self._shown(report)
        looking = Looking(report, library, shown, list(self._to_show(report, found)))
        reading = self._reading(report)
        looking.for_queries(reading.queries, self.guidance.max_searches)
        left = self.guidance.max_searches - len(looking.searches)
        made = self._judge(report, looking, left) if looking.pairs else Made()
        given = {issue.id for _, issue in found}
        new = [pair for pair in looking.pairs if pair[1].id not in given]
        return Researched(
            found=(*found, *new),
            answers=tuple(looking.answers.values()),
            searches=tuple(looking.searches),
            made=made,
        )

    def compare(self, report: Report, found: Sequence[tuple[Candidate, Issue]]) -> Compared:
        """Compare the report with each candidate, in the order given, one Likeness each.

        An Issue that the Case's readers may not see is compared by the embedded engine, on this machine.
        """
        visible = self._to_show(report, found)
        judged, made = self._judgements(report, visible) if visible else ({}, Made())
        likenesses = comparing.likenesses(report, found, judged, self.guidance.duplicate_share)
        return Compared(likenesses=self._with_withheld(report, found, visible, likenesses), made=made)

    def assess(self, report: Report, matched: Matched) -> Assessment:
        """Read type, factors, effort, area and what is missing, each with its evidence."""
        self._reading(report)
        taken = self._readings.take(key_of(report))
        assert taken is not None
        reading, made = taken
        beside = self.beside.assess(report, matched)
        return replace(assessing.assessment_of(reading, report, matched, beside), made=made)

    def draft(self, brief: Brief) -> Draft:
        """Write the reply from what the brief holds and from nothing else."""
        shown = self._shown(brief.report, Gate(brief.visibility, self.guidance.private))
        answered = self.asks.ask(
            "draft",
            drafting.inputs(brief, shown, self.guidance),
            answers.Drafted,
            case=brief.report.case,
            source=brief.report.source,
            check=lambda answer: drafting.faults(answer, brief),
        )
        return drafting.draft_of(answered.value, brief, answered.made)

    def describe(self, brief: Brief, assessment: Assessment) -> Description:
        """Write the Issue that would be filed; a note, and an Issue that is not filed, are the template's (T14)."""
        beside = replace(self.beside.describe(brief, assessment), made=Made())
        if not brief.files_issue or not brief.report.words:
            return beside
        answered = self.asks.ask(
            "issue",
            describing.inputs(brief, assessment, self._shown(brief.report), self.guidance),
            answers.Described,
            case=brief.report.case,
            source=brief.report.source,
            check=describing.faults,
        )
        return describing.description_of(
            answered.value, brief, assessment, beside, self.layout, answered.made
        )

    def _shown(self, report: Report, gate: Gate | None = None) -> Shown:
        return Shown(gate or gate_of(report, self.guidance.private), Tags(self.token()))

    def _reading(self, report: Report) -> answers.Assessed:
        """Return the answer to `assess.md`, asked once a report."""
        key = key_of(report)
        known = self._readings.look(key)
        if known is not None:
            return known
        answered: Answered[answers.Assessed] = self.asks.ask(
            "assess",
            assessing.inputs(report, self._shown(report), self.guidance),
            answers.Assessed,
            case=report.case,
            source=report.source,
            check=lambda answer: assessing.faults(answer, self.guidance),
        )
        self._readings.keep(key, answered.value, answered.made)
        return answered.value

    def _judge(self, report: Report, looking: Looking, uses: int) -> Made:
        """Have what was found compared, with the tools; what Claude finds and calls alike is found too."""
        wanted = [issue.id for _, issue in looking.pairs]
        answered = self.asks.ask(
            "match",
            self._match_inputs(report, looking.pairs, looking.shown, looking, uses),
            answers.Compared,
            case=report.case,
            source=report.source,
            tools=looking.tools() if uses else (),
            most_uses=uses,
            check=lambda answer: comparing.faults(answer, wanted, looking.issues()),
        )
        judged = {each.id: each for each in answered.value.compared}
        alike = [id for id, each in judged.items() if each.verdict is not answers.Sameness.DIFFERENT]
        looking.pairs += [looking.beyond[id] for id in alike if id in looking.beyond]
        self._judged.keep(_of_pairs(report, looking.pairs), judged, costless(answered.made))
        return answered.made

    def _judgements(self, report: Report, visible: Sequence[Pair]) -> tuple[Judgements, Made]:
        """Return the verdicts on these candidates, as remembered or asked without looking further."""
        known = self._judged.take(_of_pairs(report, visible))
        if known is not None:
            return known
        wanted = {issue.id: issue for _, issue in visible}
        answered = self.asks.ask(
            "match",
            self._match_inputs(report, visible, self._shown(report)),
            answers.Compared,
            case=report.case,
            source=report.source,
            check=lambda answer: comparing.faults(answer, list(wanted), wanted),
        )
        return {each.id: each for each in answered.value.compared}, answered.made

    def _match_inputs(
        self,
        report: Report,
        pairs: Sequence[Pair],
        shown: Shown,
        looking: Looking | None = None,
        uses: int = 0,
    ) -> dict[str, object]:
        return {
            **shown.report(report),
            "product": self.guidance.product,
            "version": self._version(report),
            "candidates": tuple(shown.issue(issue, report.sent_at) for _, issue in pairs),
            "searches": shown.text("searches", _lines(looking)) if looking and looking.searches else "",
            "may_search": uses,
        }

    def _version(self, report: Report) -> str:
        reading = self._readings.look(key_of(report))
        return (assessing.version_of(reading.version, report.words) or "") if reading else ""

    def _to_show(self, report: Report, found: Sequence[Pair]) -> tuple[Pair, ...]:
        gate = gate_of(report, self.guidance.private)
        return tuple(pair for pair in found if gate.lets_in(pair[1]))

    def _with_withheld(
        self,
        report: Report,
        found: Sequence[Pair],
        visible: Sequence[Pair],
        likenesses: Sequence[Likeness],
    ) -> tuple[Likeness, ...]:
        """Give the candidates that were not sent their evidence from the embedded engine, chances as they are."""
        seen = {issue.id for _, issue in visible}
        withheld = [pair for pair in found if pair[1].id not in seen]
        local = {each.issue_id: each for each in self.beside.compare(report, withheld).likenesses}
        return tuple(
            replace(local[each.issue_id], probability=each.probability) if each.issue_id in local else each
            for each in likenesses
        )


def _of_pairs(report: Report, pairs: Sequence[Pair]) -> str:
    return key_of(report, *(issue.id for _, issue in pairs))


def _lines(looking: Looking) -> str:
    return "\n".join(each.words for each in looking.searches)
