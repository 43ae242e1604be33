"""The words of the daily line (S13). When it is said, and where, is the job's."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from agent.domain.views import Counts, SourceLine
from agent.wording.cases import health, is_read
from agent.wording.texts import count, cut
from agent.wording.times import clock


def daily_line(lines: Sequence[SourceLine], counts: Counts, late: str, now: datetime, zone: tzinfo) -> str:
    """Say what was read in the last 24 hours and what came of it: a heading, then a line a Source."""
    heading = f"{health(lines, now, zone)}. {_waits(counts)}.{late and f' {late}.'}"
    return "\n".join([heading, *(f"• {_source(line, now, zone)}" for line in lines)])


def _waits(counts: Counts) -> str:
    words = f"{count(counts.inbox, 'Case')} {'waits' if counts.inbox == 1 else 'wait'} for an answer"
    return f"{words}, {counts.waiting:,} on us, {counts.snoozed:,} snoozed"


def _source(line: SourceLine, now: datetime, zone: tzinfo) -> str:
    """Say of one Source when it was read, and what was seen; one that was not read says so first."""
    read_at = f"last read {clock(line.last_read_at, now, zone)}" if line.last_read_at else "never read"
    missed = "" if is_read(line, now) else f" NOT READ{': ' + cut(line.trouble) if line.trouble else ''},"
    numbers = (
        f"{line.seen:,} seen, {line.handled:,} handled, {line.dropped:,} dropped, {line.failed:,} failed"
    )
    paused = f", sending paused by {line.paused_by}" if line.paused_by else ""
    return f"{line.source.name}:{missed} {read_at}, {numbers}{paused}"
