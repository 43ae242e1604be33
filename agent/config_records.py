"""Makes the records that policy asks of the shapes of `config/`. What else a setting is made of is settings'."""

from collections.abc import Mapping

from agent import config_files as files
from agent.config_files import local_moment
from agent.domain.assessments import CaseType
from agent.domain.messages import Source, Visibility
from agent.domain.proposals import Priority
from agent.domain.reports import Answer
from agent.domain.shifts import Rotation, Shift, WorkingHours
from agent.policy.github.watching import Watch
from agent.policy.priority import Base, Rubric, Weight
from agent.policy.slack.watching import SlackWatch, channels_of
from agent.policy.tracking import Board, TrackerRule


def source_of(shape: files.SourceShape) -> Source:
    """Return a Source as configured."""
    return Source(
        id=shape.id,
        name=shape.name,
        project=shape.project,
        visibility=Visibility(shape.visibility, shape.audience),
        respond_within_minutes=shape.respond_within_minutes,
        update_within_hours=shape.update_within_hours,
        reply_by=shape.reply_by,
        tracker=shape.tracker,
        use=shape.use,
        reports=shape.reports,
        group_minutes=shape.group_minutes,
        sends=shape.sends,
        is_guest=shape.guest,
        approvers=shape.approvers,
    )


def tracker_rule(shape: files.TrackerFile, table: files.PriorityFile) -> TrackerRule:
    """Return what an Issue gets beside its words."""
    return TrackerRule(
        type_labels=_by_name(shape.labels.type),
        priority_labels=_by_name(shape.labels.priority),
        has_area_labels=shape.labels.area,
        issue_types=_by_name(shape.issue_types),
        logins=shape.logins,
        board=_board(shape.board, table) if shape.board else None,
        closes_duplicates=shape.close_duplicates,
        opens_advisories=shape.advisories,
    )


def _by_name(given: Mapping[CaseType, str] | Mapping[Priority, str]) -> dict[str, str]:
    return {key.value: value for key, value in given.items()}


def _board(shape: files.BoardShape, table: files.PriorityFile) -> Board:
    return Board(
        id=shape.id,
        priority_field=shape.priority,
        status_field=shape.status,
        priorities=_by_name(table.words[shape.words]),
    )


def github_watch(sources: files.SourcesFile, team: files.TeamFile) -> Watch:
    """Return what is watched at GitHub."""
    configured = {
        each.id.partition(":")[2]: each for each in sources.sources if each.id.startswith("github:")
    }
    return Watch(
        repositories={name: Visibility(each.visibility, each.audience) for name, each in configured.items()},
        teams=sources.github.teams,
        labels=sources.github.labels,
        group_reviews_from=sources.github.group_reviews_from,
        quiet=(*team.own_accounts, *team.bots),
    )


def slack_watch(sources: files.SourcesFile, team: files.TeamFile) -> SlackWatch:
    """Return what is watched in Slack."""
    return SlackWatch(
        channels=channels_of(tuple(source_of(each) for each in sources.sources)),
        people={each.slack: each.handle.lstrip("@") for each in team.people if each.slack},
        groups=frozenset(sources.slack.groups),
    )


def answer_of(shape: files.AnswerShape) -> Answer:
    """Return one of the team's answers."""
    return Answer(id=shape.id, question=shape.question, answer=shape.answer, phrasings=shape.also)


def rotation_of(shape: files.RotationFile) -> Rotation:
    """Return who holds when."""
    hours = shape.working_hours
    return Rotation(
        zone=shape.zone,
        starts_at=local_moment(shape.starts_on, shape),
        cycle=shape.cycle,
        overrides=tuple(_override(each, shape) for each in shape.overrides),
        hours=WorkingHours(days=frozenset(hours.days), starts=hours.starts, ends=hours.ends, zone=shape.zone),
    )


def _override(shape: files.OverrideShape, rotation: files.RotationFile) -> Shift:
    return Shift(
        holder=shape.person,
        starts_at=local_moment(shape.starts, rotation),
        ends_at=local_moment(shape.ends, rotation),
        why=shape.why,
    )


def rubric_of(table: files.PriorityFile) -> Rubric:
    """Return how urgency is found."""
    return Rubric(
        weights={kind: _weight(row) for kind, row in table.findings.items()},
        bases={
            kind: Base(points=row.points, finding=row.finding, ceiling=row.at_most)
            for kind, row in table.types.items()
        },
        thresholds=dict(table.thresholds),
        needs=tuple(frozenset(line) for line in table.p0_needs),
        needs_in_words=table.needs_in_words,
        sure=table.learned.sure,
        neutral=table.learned.neutral,
        statuses=table.status,
    )


def _weight(row: files.FindingShape) -> Weight:
    return Weight(
        points=row.points,
        finding=row.finding,
        lowering=row.lowering,
        floor=row.floor,
        floor_for=frozenset(row.only),
    )
