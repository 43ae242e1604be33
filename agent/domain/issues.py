"""What the team tracks work in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.domain.messages import TEAM, Visibility


class IssueState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One Issue of a tracker. `id` like `owner/repo#12`; the project is the part before `#`."""

    id: str
    title: str
    body: str = ""
    created_at: datetime
    closed_at: datetime | None = None
    state: IssueState = IssueState.OPEN
    labels: tuple[str, ...] = ()
    url: str = ""
    comments: int = 0
    author: str = ""
    visibility: Visibility = TEAM  #: who may read its words
    duplicate_of: str | None = None  #: confirmed by a person, never guessed
    fixed_in: str | None = None  #: the release that carries the fix, where known
    extra: dict[str, object] = field(default_factory=dict)  #: keys of the line that are not ours

    @property
    def project(self) -> str:
        return self.id.rpartition("#")[0]

    @property
    def number(self) -> str:
        """`#12`: how people of the project name it."""
        return "#" + self.id.rpartition("#")[2]

    def open_at(self, moment: datetime) -> bool:
        """Tell whether it was open at `moment`; today's state would be a look into the future."""
        if self.closed_at is None:
            return self.state is IssueState.OPEN
        return moment < self.closed_at
