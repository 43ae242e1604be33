"""An engine that says what the test told it to: the fake stands at the port."""

from collections.abc import Callable, Sequence

from agent.domain.assessments import (
    Assessment,
    Candidate,
    CaseType,
    Compared,
    Effort,
    Factor,
    Likeness,
    Matched,
    Researched,
)
from agent.domain.issues import Issue
from agent.domain.made import Made
from agent.domain.proposals import Claim, Draft
from agent.domain.reports import Brief, Description, Report
from agent.ports import Library


class ScriptedEngine:
    """Implements `ports.Engine`. Every answer can be set; `asked` counts the questions."""

    name = "scripted"
    made = Made(engine="scripted", model="none", prompts={"scripted": "0"})

    def __init__(
        self,
        kind: CaseType = CaseType.QUICK_FIX,
        factors: tuple[Factor, ...] = (),
        likeness: Callable[[Report, Issue], float] = lambda report, issue: 0.0,
    ) -> None:
        self.kind = kind
        self.factors = factors
        self.likeness = likeness
        self.asked: list[str] = []
        self.briefs: list[Brief] = []

    def research(
        self, report: Report, found: Sequence[tuple[Candidate, Issue]], library: Library
    ) -> Researched:
        return Researched(found=tuple(found), made=self.made)

    def compare(self, report: Report, found: Sequence[tuple[Candidate, Issue]]) -> Compared:
        self.asked.append("compare")
        likenesses = (
            Likeness(issue_id=issue.id, probability=self.likeness(report, issue)) for _, issue in found
        )
        return Compared(likenesses=tuple(likenesses), made=self.made)

    def assess(self, report: Report, matched: Matched) -> Assessment:
        self.asked.append("assess")
        return Assessment(
            types={kind: float(kind is self.kind) for kind in CaseType},
            priorities={"P2": 1.0},
            factors=self.factors,
            effort=Effort(low=1, high=3, sure=False),
            made=self.made,
        )

    def draft(self, brief: Brief) -> Draft:
        self.asked.append("draft")
        self.briefs.append(brief)
        about = f" about {brief.issue.number}" if brief.issue else ""
        link = " {issue.url}" if brief.files_issue else ""
        return Draft(
            destination=brief.destination,
            visibility=brief.visibility,
            text=f"A {brief.intent} reply{about}.{link}",
            claims=(Claim(text="scripted", source=brief.issue.number),) if brief.issue else (),
            template=brief.intent,
            typed=f"A {brief.intent} reply",
            made=self.made,
        )

    def describe(self, brief: Brief, assessment: Assessment) -> Description:
        return Description(
            title=brief.report.title or brief.report.text[:60],
            body=brief.report.text,
            note="One more report.",
            made=self.made,
        )
