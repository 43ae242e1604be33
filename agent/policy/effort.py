"""The two-hour rule (S6). How many hours something takes is the engine's estimate, not ours."""

from dataclasses import dataclass

from agent.domain.assessments import CaseType, Effort


@dataclass(frozen=True, kw_only=True, slots=True)
class EffortRule:
    """Hours of work: what the holder does at once, and what the team calls half a day."""

    quick_hours: float
    half_day_hours: float


def belongs_on_board(effort: Effort, rule: EffortRule, *, for_somebody_else: bool = False) -> bool:
    """Tell whether the work becomes an Issue on the team board."""
    return for_somebody_else or effort.hours > rule.quick_hours


def board_reason(effort: Effort, rule: EffortRule, *, for_somebody_else: bool = False) -> str:
    """Say why the work goes to the board, or why it stays with the holder."""
    if effort.hours > rule.quick_hours:
        return f"{hours_in_words(effort)} of work, more than {rule.quick_hours:g} h"
    if not for_somebody_else:
        return f"{hours_in_words(effort)} of work, within {rule.quick_hours:g} h"
    size = f"under {rule.half_day_hours:g} h" if effort.high < rule.half_day_hours else "not much"
    return f"{size} of work, but for somebody else"


def hours_in_words(effort: Effort) -> str:
    """Return `1 to 3 h`, with `unsure, ` before it where the engine is."""
    span = f"{effort.low:g} h" if effort.low == effort.high else f"{effort.low:g} to {effort.high:g} h"
    return span if effort.sure else f"unsure, {span}"


def split(kind: CaseType, effort: Effort, rule: EffortRule) -> CaseType:
    """Return which of the two kinds of bug it is; an unsure estimate leaves what was read."""
    if not kind.is_bug or not effort.sure:
        return kind
    return CaseType.QUICK_FIX if effort.hours <= rule.quick_hours else CaseType.COMPLEX
