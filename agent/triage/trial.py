"""A trial: the same steps without side effects, for `triage try` and for measuring."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from agent.domain.cases import Case, CaseState
from agent.domain.messages import Message
from agent.domain.proposals import Proposal
from agent.domain.reports import Report
from agent.domain.views import Trial
from agent.ports import Now
from agent.store.database import Store
from agent.triage import facts
from agent.triage.propose import proposal_of
from agent.triage.steps import Steps

#: The name of the Case that a trial would have opened.
NO_CASE = "C-0"


class Trials:
    """Triages without effects; nothing is stored, nobody is told."""

    def __init__(
        self, steps: Steps, store: Store, now: Now, seconds: Callable[[], float], holder: str
    ) -> None:
        self.steps = steps
        self.store = store
        self.now = now
        self.seconds = seconds
        self.holder = holder

    def run(self, messages: Sequence[Message], candidates: int) -> Iterator[Trial]:
        """Yield a Trial a Message, in order."""
        for message in messages:
            yield self.case([message], candidates)

    def case(self, said: Sequence[Message], candidates: int) -> Trial:
        """Triage the Messages of one thread, oldest first, as the Case that they are."""
        began = self.seconds()
        screened = self.steps.screen(said)
        proposal = None if screened else self._proposal(said, candidates)
        return Trial(message=said[-1], screened=screened, proposal=proposal, seconds=self.seconds() - began)

    def _proposal(self, said: Sequence[Message], candidates: int) -> Proposal:
        message = said[0]
        project = self.steps.settings.source(message.source).project
        report = facts.report_of(said, project, message.author, self.now())
        matched = self.steps.match(report, candidates=candidates)
        assessment = self.steps.assess(report, matched)
        with self.store.read() as tx:
            known = facts.known(tx, project, matched.likenesses, holder=self.holder)
        decision = self.steps.decide(report, matched, assessment, known, {})
        drafted = self.steps.draft(report, assessment, decision, known)
        case = _case(message, report, self.now())
        made_by = self.steps.provenance([matched.made, assessment.made, *drafted.made])
        return proposal_of(case, decision, drafted, assessment, matched, made_by, self.now())


def _case(message: Message, report: Report, now: datetime) -> Case:
    return Case(
        id=NO_CASE,
        source=message.source,
        project=report.project,
        title=report.title,
        author=report.author,
        state=CaseState.NEW,
        owner=None,
        opened_at=now,
        last_message_at=message.sent_at,
        revision=1,
        open_revision=None,
        first_due_at=now,
        because="a trial",
    )
