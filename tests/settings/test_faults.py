"""Faults of the configuration: each by its file and key, all of them at once."""

from pathlib import Path

import pytest

from tests.settings.given import Edit, faults


def test_all_faults_of_all_files_come_at_once(team: Path, edit: Edit) -> None:
    edit("team.yaml", "hold_seconds: 5", "hold_seconds: 31")
    edit("sources.yaml", "respond_within_minutes: 60", 'respond_within_minutes: "60"')
    edit("rotation.yaml", "zone: Europe/Berlin", "zone: Europe/Nowhere")
    edit("priority.yaml", "thresholds:", "tresholds:")
    (team / "config" / "answers.yaml").unlink()
    found = faults(team, DATABASE_URL="mysql://u:pass@h/d")
    for fault in (
        "team.yaml: hold_seconds: ",
        "sources.yaml: sources[0].respond_within_minutes: ",
        "rotation.yaml: zone: 'Europe/Nowhere' is no zone",
        "priority.yaml: tresholds: is no known key",
        "priority.yaml: thresholds: is missing",
        "answers.yaml: is missing",
        "DATABASE_URL: should begin with",
    ):
        assert any(each.startswith(fault) for each in found), (fault, found)
    assert "pass" not in "".join(found)


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("team.yaml", "hold_seconds: 5", "hold_seconds: -1", "team.yaml: hold_seconds: "),
        ("team.yaml", "hold_seconds: 5", "hold_seconds: true", "team.yaml: hold_seconds: "),
        ("team.yaml", "hold_seconds: 5", "hold: 5", "team.yaml: hold: is no known key"),
        (
            "team.yaml",
            "  - id: second-engineer",
            "  - id: first-engineer",
            "team.yaml: people[1].id: 'first-engineer'",
        ),
        (
            "team.yaml",
            'sources: ["slack:C-CUSTOMER-A"]',
            'sources: ["slack:X"]',
            "team.yaml: key_customers[0].sources[0]",
        ),
        ("team.yaml", "name: Millrace support", "name: [", "team.yaml: line "),
        (
            "sources.yaml",
            "id: mail:hi",
            "id: slack:C-HELP",
            "sources.yaml: sources[4].id: 'slack:C-HELP' stands twice",
        ),
        ("sources.yaml", "id: mail:hi", "id: hi", "sources.yaml: sources[4].id: should read as place:name"),
        (
            "sources.yaml",
            "visibility: internal",
            "visibility: secret",
            "sources.yaml: sources[3].visibility: 'secret'",
        ),
        (
            "sources.yaml",
            "visibility: customer",
            "visibility: public",
            "sources.yaml: sources[2].audience: goes with",
        ),
        ("sources.yaml", "reply_by: file", "reply_by: pigeon", "sources.yaml: sources[0].reply_by: "),
        (
            "rotation.yaml",
            "cycle: [first-engineer",
            "cycle: [nobody",
            "rotation.yaml: cycle[0]: 'nobody' is not in team.yaml",
        ),
        (
            "rotation.yaml",
            "person: third-engineer",
            "person: nobody",
            "rotation.yaml: overrides[0].person: 'nobody'",
        ),
        (
            "rotation.yaml",
            "cycle: [first-engineer, second-engineer, third-engineer]",
            "cycle: []",
            "rotation.yaml: cycle: needs",
        ),
        (
            "rotation.yaml",
            "2026-12-28T09:00",
            "2026-12-20T09:00",
            "rotation.yaml: overrides[0].to: is not after",
        ),
        (
            "rotation.yaml",
            "2026-12-28T09:00",
            "2026-12-28T09:00Z",
            "rotation.yaml: overrides[0].to: is local time",
        ),
        (
            "rotation.yaml",
            "starts_on: 2025-01-06",
            "starts_on: 2025-01-07",
            "rotation.yaml: starts_on: is not on the day",
        ),
        (
            "rotation.yaml",
            "starts_on: 2025-01-06",
            "starts_on: 2025-02-30",
            "rotation.yaml: holds a value that cannot be",
        ),
        ("rotation.yaml", 'to: "17:00"', 'to: "08:00"', "rotation.yaml: working_hours.to: is not after"),
        (
            "rotation.yaml",
            "day: monday",
            "day: someday",
            "rotation.yaml: change_over.day: 'someday' is no day",
        ),
        ("rotation.yaml", 'at: "09:00"', 'at: "9 am"', "rotation.yaml: change_over.at: '9 am' is no time"),
        ("rotation.yaml", 'at: "09:00"', 'at: "25:00"', "rotation.yaml: change_over.at: "),
        ("rotation.yaml", "zone: Europe/Berlin", "zone: Europe/Berlin\nzone: UTC", "rotation.yaml: line "),
        (
            "routing.yaml",
            "people: [first-engineer",
            "people: [nobody",
            "routing.yaml: areas[0].people[0]: 'nobody'",
        ),
        (
            "routing.yaml",
            "id: workers",
            "id: scheduler",
            "routing.yaml: areas[1].id: 'scheduler' stands twice",
        ),
        ("answers.yaml", "id: A-2", "id: A-1", "answers.yaml: answers[1].id: 'A-1' stands twice"),
        ("answers.yaml", "answers:", "answers: 3\nother:", "answers.yaml: answers: "),
        ("priority.yaml", "  crash: ", "  crush: ", "priority.yaml: findings.crush: "),
        (
            "priority.yaml",
            "P0: 100, P1: 30",
            "P0: 20, P1: 30",
            "priority.yaml: thresholds: P0 must ask for more",
        ),
        (
            "priority.yaml",
            "related: 0.34",
            "related: 0.7",
            "priority.yaml: duplicates.related: must be below",
        ),
        ("priority.yaml", "quick_hours: 2", "quick_hours: 0", "priority.yaml: effort.quick_hours: "),
        ("priority.yaml", "P3: Backlog}", "P3: Later}", "priority.yaml: status.P3: "),
        ("priority.yaml", "P3: low}", "P4: low}", "priority.yaml: words.planning.P4: "),
    ],
)
def test_each_fault_is_named_with_its_file_and_key(
    team: Path, edit: Edit, file: str, old: str, new: str, fault: str
) -> None:
    edit(file, old, new)
    found = faults(team)
    assert any(each.startswith(fault) for each in found), found


def test_a_finding_without_a_row_is_a_fault(team: Path, edit: Edit) -> None:
    edit("priority.yaml", "  crash:         {points: 20, finding: it crashes}\n", "")
    assert faults(team) == ["priority.yaml: findings.crash: is missing"]


def test_overlapping_overrides_are_a_fault(team: Path, edit: Edit) -> None:
    line = '  - {from: "2026-12-22", to: "2026-12-23", person: first-engineer}\n'
    path = team / "config" / "rotation.yaml"
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + line, encoding="utf-8")
    assert faults(team) == ["rotation.yaml: overrides[1]: overlaps an earlier one"]


def test_a_file_that_is_not_text_is_a_fault(team: Path) -> None:
    (team / "config" / "team.yaml").write_bytes(b"\xff\xfe\x00")
    assert any(each.startswith("team.yaml: cannot be read") for each in faults(team))
    (team / "config" / "team.yaml").write_text("", encoding="utf-8")
    assert "team.yaml: should be a mapping of keys" in faults(team)


def test_what_the_tracker_names_must_be_there(team: Path, edit: Edit) -> None:
    edit("tracker.yaml", "first-engineer: millrace-dev-one", "nobody: millrace-dev-one")
    edit("tracker.yaml", "words: board", "words: nowhere")
    edit("sources.yaml", "reply_by: file", "reply_by: github\n    tracker: github")
    assert faults(team) == [
        "sources.yaml: sources[0].tracker: goes with a source `github:owner/repo` alone",
        "sources.yaml: sources[0].reply_by: `github` goes with `github:owner/repo` alone",
        "tracker.yaml: logins: 'nobody' is not in team.yaml",
        "tracker.yaml: board.words: 'nowhere' is not among the words of priority.yaml",
    ]
    edit("tracker.yaml", "id: example/1", "id: example")
    assert "tracker.yaml: board.id: should read as owner/number, not 'example'" in faults(team)


def test_faults_of_models_are_told_with_the_others(team: Path, edit: Edit) -> None:
    edit("models.yaml", "  large:  ", "  huge:  ")
    assert any("models.yaml: tiers" in fault for fault in faults(team))
    edit("models.yaml", "  huge:  ", "  large:  ")
    edit("models.yaml", "tries: 3", "tries: 0")
    assert any("models.yaml: tries" in fault for fault in faults(team))
    assert any("ANTHROPIC_BASE_URL" in fault for fault in faults(team, ANTHROPIC_BASE_URL="claude"))


def test_who_may_approve_and_where_the_team_is_told_must_be_there(team: Path, edit: Edit) -> None:
    edit("team.yaml", "approvers: [first-engineer,", "approvers: [nobody,")
    edit("team.yaml", "  team: C-TEAM\n", "")
    edit("sources.yaml", "    reports: top_level\n", "    reports: top_level\n    approvers: [somebody]\n")
    edit(
        "sources.yaml",
        "reply_by: file\n\n  - id: slack:C-CUSTOMER-A",
        "reply_by: slack\n\n  - id: slack:C-CUSTOMER-A",
    )
    assert faults(team) == [
        "sources.yaml: sources[1].reply_by: `slack` goes with `slack:CHANNEL` alone",
        "team.yaml: approvers[0]: 'nobody' is not in team.yaml",
        "sources.yaml: sources[0].approvers[0]: 'somebody' is not in team.yaml",
        "team.yaml: slack.daily_at: needs `slack.team`, the channel that the daily line goes to",
    ]
    edit("team.yaml", "slack: U-FIRST", "slack: first")
    edit("team.yaml", "on_call: C-ON-CALL", "on_call: '#on-call'")
    told = "\n".join(faults(team))
    assert "team.yaml: people[0].slack: should read as a person's id in Slack, U…, not 'first'" in told
    assert "not '#on-call'" in told
