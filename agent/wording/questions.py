"""The words of a question to the team (T26). Whether the place may read the user's own is the caller's."""

from agent.domain.cases import Case
from agent.domain.messages import Source
from agent.domain.proposals import Proposal
from agent.wording.cases import summary, title
from agent.wording.names import PRIORITIES, TYPES
from agent.wording.texts import cut, one_line

#: How much of the user's words it quotes.
QUOTED = 600


def question(
    case: Case, source: Source, proposal: Proposal | None, asked: str, by: str, words: tuple[str, str] | None
) -> str:
    """Put a question with its context; `words` are the user's name and words, None where they stay on the Case."""
    lines = [f"{by} asks about {case.id}: {asked}"]
    if proposal is not None:
        known = " ".join(part for part in summary(proposal) if part)
        lines.append(f"{TYPES[proposal.type]}, {PRIORITIES[proposal.priority]}, {known}")
    if words is None:
        lines.append("What they wrote stays on the Case.")
    else:
        author, said = words
        lines.append(f"{author or 'Somebody'} in {source.name}: {title(case, proposal)}")
        lines += [f"> {cut(one_line(said), QUOTED)}"] if said else []
    return "\n".join([*lines, "Answer in this thread; it comes back to the Case."])
