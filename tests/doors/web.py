"""What a test does with the pages: sign in, read a form as it is shown, press a button. Fixtures are in conftest."""

import re

from starlette.testclient import TestClient

from agent.doors.web.app import build_app
from tests.fakes import views as fake
from tests.fakes.desk import FakeDesk

TOKEN = "the-token-of-the-link"
ADDRESS = "http://127.0.0.1"


def browser(desk: FakeDesk, *, person: str | None = "first-engineer", opened: bool = True) -> TestClient:
    app = build_app(desk, token=TOKEN, person=person)
    client = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False, follow_redirects=False)
    if opened:
        assert client.get(f"/?token={TOKEN}").status_code == 303
    return client


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def form(client: TestClient, case_id: str = "C-204", **said: object) -> dict[str, object]:
    """Fill the form as the page shows it, then as `said`."""
    page = client.get(f"/cases/{case_id}").text
    names = (
        "csrf",
        "revision",
        "was_draft",
        "was_type",
        "was_priority",
        "was_status",
        "was_area",
        "was_duplicate",
    )
    shown: dict[str, object] = {name: hidden(page, name) for name in names}
    for name in ("type", "priority", "status", "area", "duplicate"):
        shown[name] = shown[f"was_{name}"]
    shown |= {
        "draft": fake.REPLY,
        "step": ["0", "1", "2"],
        "keep": re.findall(r'name="keep" value="(\w+)"', page),
    }
    return shown | said


def press(client: TestClient, verdict: str = "approve", case_id: str = "C-204", **said: object):  # type: ignore[no-untyped-def]
    return client.post(f"/cases/{case_id}", data=form(client, case_id, verdict=verdict, **said))
