"""What a candidate prompt set said of a revision, beside the Proposal that people saw. Nobody is shown it."""

from dataclasses import dataclass, field
from datetime import datetime

from agent.domain.proposals import Provenance


@dataclass(frozen=True, kw_only=True, slots=True)
class Shadowed:
    """One answer, or why there is none: `trouble`. Where `is_late`, somebody had answered the Case by then."""

    case_id: str
    revision: int
    prompts: str  #: content hash of the candidate set
    at: datetime
    fields: dict[str, str] = field(default_factory=dict)  #: what a person can correct, as it was said
    reply: str = ""
    provenance: Provenance | None = None
    trouble: str = ""
    is_late: bool = False
