"""What a key lacks is named, as far as GitHub shows it without anything being written."""

from agent.clients.github_permissions import PERMISSIONS, missing
from tests.builders import REPOSITORY
from tests.fakes.github import TOKEN, Hub
from tests.fakes.github.faults import Fault
from tests.fakes.github.keys import as_app, by_token
from tests.fakes.github.state import Repository

NAME = "example/millrace"


def lacks(found) -> list[str]:  # type: ignore[no-untyped-def]
    return [f"{each.name}: {each.level}" for each in found]


def test_an_app_with_everything_lacks_nothing(hub: Hub, here: Repository) -> None:
    assert missing(as_app(hub), NAME) == ()


def test_what_an_app_lacks_is_named_by_its_settings_page(hub: Hub, here: Repository) -> None:
    access = as_app(hub)
    hub.granted |= {"issues": "read"}
    del hub.granted["members"]
    found = missing(access, NAME)
    assert lacks(found) == ["Issues: write", "Members: read"]
    assert [each.is_needed for each in found] == [True, False]


def test_a_classic_token_lacks_what_its_scopes_do_not_hold(hub: Hub, here: Repository) -> None:
    hub.scopes[TOKEN] = "repo, project"
    assert lacks(missing(by_token(hub), NAME)) == ["Members: read"]
    hub.scopes[TOKEN] = "public_repo, read:org, project"
    assert lacks(missing(by_token(hub), NAME)) == ["Repository security advisories: write"]
    hub.scopes[TOKEN] = "public_repo, read:org, project, repository_advisories:write"
    assert missing(by_token(hub), NAME) == ()
    here.private = True
    assert lacks(missing(by_token(hub), NAME)) == ["Issues: write"]


def test_the_role_of_a_token_s_owner_says_the_most_that_it_may_write(hub: Hub) -> None:
    hub.repository(NAME, role="read")
    assert lacks(missing(by_token(hub), NAME)) == ["Issues: write"]


def test_what_a_fine_grained_token_cannot_read_it_lacks(hub: Hub, here: Repository) -> None:
    refused = Fault(403, "Resource not accessible by personal access token")
    hub.fails("GET", "/repos/{owner}/{repo}/releases", refused)
    assert lacks(missing(by_token(hub), NAME)) == ["Contents: read"]


def test_nothing_is_written_to_find_out(hub: Hub, here: Repository) -> None:
    missing(by_token(hub), NAME)
    missing(as_app(hub), NAME)
    assert not hub.writes


def test_every_permission_is_explained() -> None:
    page = (REPOSITORY / "docs" / "github.md").read_text()
    wanted = [f"| {each.name} | {each.level} | {each.purpose} |" for each in PERMISSIONS]
    assert [line for line in wanted if line not in page] == []
