"""What stands behind the ports follows from the environment."""

from pathlib import Path

from agent.channels.github import GitHubChannel
from agent.channels.off import OffChannel
from agent.domain.messages import ReplyBy, TrackerKind
from agent.settings import load
from agent.store.database import Store
from agent.trackers.github import GitHubTracker
from agent.trackers.local import LocalTracker
from agent.wiring import Destinations, destinations
from tests.builders import REPOSITORY, Clock


def _with(home: Path, **environ: str) -> Destinations:
    given = {"TRIAGE_HOME": str(home), "TRIAGE_CONFIG": str(REPOSITORY / "config"), **environ}
    return destinations(load(given, home), Store("sqlite://"), Clock())


def test_without_keys_the_store_is_the_tracker_and_a_reply_to_github_is_refused(tmp_path: Path) -> None:
    found = _with(tmp_path)
    assert isinstance(found["trackers"][TrackerKind.LOCAL], LocalTracker)
    assert isinstance(found["trackers"][TrackerKind.GITHUB], OffChannel)
    assert isinstance(found["channels"][ReplyBy.GITHUB], OffChannel)
    assert set(found["channels"]) == set(ReplyBy)


def test_with_keys_github_is_one_more_tracker_and_a_channel(tmp_path: Path) -> None:
    found = _with(tmp_path, GITHUB_TOKEN="t")
    assert isinstance(found["trackers"][TrackerKind.GITHUB], GitHubTracker)
    assert isinstance(found["channels"][ReplyBy.GITHUB], GitHubChannel)
    assert set(found["trackers"]) == set(TrackerKind)
