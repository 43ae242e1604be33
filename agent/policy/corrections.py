"""Which fields of a Proposal a person may set, and to what. Nothing is changed here."""

from collections.abc import Callable, Collection, Mapping

from agent.domain.assessments import CaseType, DuplicateVerdict
from agent.domain.proposals import Priority, Proposal, Status

FIELDS = ("type", "priority", "status", "area", "duplicate", "estimate")
NO_DUPLICATE = "none"  #: the person's "None of these: file a new Issue"
NO_AREA = "none"
ESTIMATE_LENGTH = 60


def choices(areas: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the closed sets, by field; a duplicate is any Issue, an estimate any words, and they have none."""
    return {
        "type": tuple(CaseType),
        "priority": tuple(Priority),
        "status": tuple(Status),
        "area": (*areas, NO_AREA),
    }


def proposed(proposal: Proposal) -> dict[str, str]:
    """Return what a Proposal says of each field; a related Issue is not proposed as known."""
    known = proposal.duplicate
    is_known = known is not None and known.verdict is DuplicateVerdict.DUPLICATE
    return {
        "type": proposal.type.value,
        "priority": proposal.priority.value,
        "status": proposal.status.value,
        "area": proposal.area or NO_AREA,
        "duplicate": known.issue_id if known and is_known else NO_DUPLICATE,
        "estimate": proposal.corrected.get("estimate", ""),
    }


def check(
    corrections: Mapping[str, str],
    kind: CaseType,
    areas: Collection[str],
    may_be_duplicate_of: Callable[[str], bool],
) -> tuple[str, ...]:
    """Return what is wrong with the corrections of a Case of this type, a sentence each.

    `may_be_duplicate_of` tells of an id whether it is an Issue that the report can be linked to.
    """
    faults = [_fault(field, value, areas, may_be_duplicate_of) for field, value in corrections.items()]
    is_feature = corrections.get("type", kind) == CaseType.FEATURE
    if is_feature and corrections.get("status") == Status.PRIORITIZED:
        faults.append("status: a feature is always Backlog")
    return tuple(fault for fault in faults if fault)


def _fault(field: str, value: str, areas: Collection[str], may_be_duplicate_of: Callable[[str], bool]) -> str:
    if field not in FIELDS:
        return f"{field}: cannot be corrected; these can: {', '.join(FIELDS)}"
    if field == "estimate":
        is_short = len(value) <= ESTIMATE_LENGTH and value.isprintable()
        return "" if is_short else f"{field}: one line of at most {ESTIMATE_LENGTH} characters, as 2 days"
    allowed = choices(areas).get(field)
    if allowed is None:
        is_fine = value == NO_DUPLICATE or may_be_duplicate_of(value)
        return "" if is_fine else f"{field}: {value!r} is no older Issue; an Issue's id, or {NO_DUPLICATE}"
    return "" if value in allowed else f"{field}: {value!r} is none of {', '.join(allowed)}"
