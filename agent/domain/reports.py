"""What an engine is shown: the report, and the brief of a reply. Texts only, never ids to act on."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from agent.domain.assessments import CaseType
from agent.domain.issues import Issue
from agent.domain.made import Made
from agent.domain.messages import Visibility


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The words of one Case, oldest Message first, as of `sent_at`."""

    id: str
    project: str
    source: str
    author: str
    title: str
    text: str
    sent_at: datetime
    visibility: Visibility
    case: str = ""  #: whose report it is, for the ledger alone; "" in a trial
    breaks: tuple[int, ...] = ()  #: offsets in `text` at which its later Messages begin
    asked: tuple[str, ...] = ()  #: what we have asked them before, each as the thing asked for

    @property
    def words(self) -> str:
        """Title and text as one; quotes' offsets count from its start."""
        return f"{self.title}\n\n{self.text}".strip()

    @property
    def messages(self) -> tuple[str, ...]:
        """The texts of the Messages, oldest first."""
        edges = (0, *self.breaks, len(self.text))
        return tuple(self.text[start:end].strip() for start, end in pairwise(edges))


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One of the team's own answers; `phrasings` are other ways to ask it."""

    id: str
    question: str
    answer: str
    phrasings: tuple[str, ...] = ()


class Intent(StrEnum):
    """What a reply is for; each has its template in `prompts/embedded/replies/`."""

    KNOWN = "known"  #: a known open problem: point at it, ask for a +1
    FIXED = "fixed"  #: fixed in a release that the reporter does not have
    REGRESSION = "regression"  #: fixed, but the reporter's version already has the fix
    NEW_BUG = "new_bug"  #: filed as a new Issue
    ASK = "ask"  #: too little to go on: ask all that is missing at once
    FEATURE_KNOWN = "feature_known"
    FEATURE_NEW = "feature_new"
    ANSWER = "answer"  #: the team has an answer to this question
    QUESTION = "question"  #: it has not: a person will answer
    BUSINESS = "business"
    SECURITY = "security"  #: an acknowledgement that says nothing
    OUTAGE = "outage"


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """All that a reply may be made from. Nothing less public than the destination is in here."""

    intent: Intent
    type: CaseType
    destination: str
    destination_name: str
    visibility: Visibility
    report: Report
    language: str = "en"
    issue: Issue | None = None
    answer: Answer | None = None
    missing: tuple[str, ...] = ()
    version: str | None = None
    reporters: int = 1  #: distinct people who reported this, the one of this report included
    files_issue: bool = False  #: the plan files an Issue whose link the reply may name


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """A report in the tracker's words: the Issue that would be filed, and the note on a known one."""

    title: str
    body: str
    note: str
    made: Made = field(default_factory=Made)
