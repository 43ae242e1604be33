"""What of a reply rests on nothing: as it was proposed, and as a person changed it."""

from dataclasses import replace

import sqlalchemy as sa

from agent.desk.counter import Counter
from agent.domain.cases import Case
from agent.domain.proposals import Claim, Draft, Proposal
from agent.policy.claims import flagged
from agent.policy.sentences import sentences
from agent.store import cases, proposals
from agent.triage import facts, vet
from agent.triage.decide import decide
from agent.triage.draft import brief_of
from agent.wording.cases import no_source
from agent.wording.texts import one_line


class Checking(Counter):
    """The sentences that a person has to vouch for."""

    def unsupported(self, case_id: str, revision: int, text: str) -> tuple[Claim, ...]:
        """Return the sentences of a reply, given as it would leave, that rest on no source.

        What was proposed is as it was found then; what the person wrote is looked at now. A revision without
        a reply has none.
        """
        with self.store.read() as tx:
            number, case = self._case(tx, case_id)
            proposal = proposals.by_revision(tx, number, revision)
            if proposal is None or proposal.draft is None:
                return ()
            draft = proposal.draft
            new = _new_sentences(text, draft.text)
            found = self._found(tx, case, proposal, draft, text) if new else ()
        return (*no_source(draft.claims, text), *(each for each in found if one_line(each.text) in new))

    def _found(
        self, tx: sa.Connection, case: Case, proposal: Proposal, draft: Draft, text: str
    ) -> tuple[Claim, ...]:
        report = facts.case_report(tx, cases.number_of(case.id), self.settings.team.names, self.now())
        known = facts.known_of_case(tx, case, proposal.matched, [report.id])
        read = (report, proposal.matched, proposal.assessment, known, self.settings)
        decision = decide(*read, case.corrected)
        brief = brief_of(report, proposal.assessment, decision, known, self.settings)
        edited = replace(draft, text=text)
        return flagged((), vet.unsupported(edited, text, brief, self.settings, decision.estimate))


def _new_sentences(text: str, proposed: str) -> frozenset[str]:
    before = one_line(proposed)
    return frozenset(words for each in sentences(text) if (words := one_line(each.text)) not in before)
