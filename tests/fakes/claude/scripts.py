"""Scripted answers that are sensible for any Case: no model ever gave them. `SENSIBLE` is for whole journeys."""

import re
from collections.abc import Mapping

from tests.fakes import asks
from tests.fakes.claude.state import Asked

_SHOWN = re.compile(r'<issue[^>]*? id="([^"]+)"')


def assessed(asked: Asked) -> Mapping[str, object]:
    """Read a bug that somebody mends in an hour or two."""
    return asks.assessed(
        second="complex",
        sure="likely",
        hours_low=1.0,
        hours_high=2.0,
        hours_known=True,
        queries={"symptom": "sync stops", "error": "", "component": ""},
    )


def compared(asked: Asked) -> Mapping[str, object]:
    """Find every Issue that is shown different."""
    ids = dict.fromkeys(_SHOWN.findall(asked.user))
    return {"compared": [asks.judged(each) for each in ids]}


def drafted(asked: Asked) -> Mapping[str, object]:
    """Thank, and name the link of the new Issue where one is filed."""
    link = " We track it here: {issue.url}" if "files_issue: yes" in asked.user else ""
    return {"reply": f"Thanks for the report.{link}", "translation": "", "claims": []}


def described(asked: Asked) -> Mapping[str, object]:
    """Describe in one sentence."""
    return asks.described(title="Sync stops", what_happened="The sync stops after the upgrade.")


SENSIBLE = {"Assessed": assessed, "Compared": compared, "Drafted": drafted, "Described": described}
