"""How often the right Issue stands on top: `python -m evals.quality`.

Real projects of TRIAGE_DATA that nothing was fitted on, and the sample team against what a careful
engineer would say. Speed is `evals/bench.py`; what the models learned is on their card.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agent.domain.assessments import DuplicateVerdict
from agent.domain.views import Trial
from agent.settings import Settings, from_process
from agent.wiring import House, open_house
from evals.bench import issue_from, lines_of, message_from, settings_in

PROJECTS = ("shellcheck", "monero-gui")
RANKS = (1, 5, 10)


def main() -> None:
    """Print the tables."""
    settings = from_process()
    with tempfile.TemporaryDirectory() as folder:
        for project in PROJECTS:
            if (settings.data / "issues" / f"{project}.jsonl").exists():
                with open_house(
                    settings_in(settings, Path(folder) / project), command="evals.quality"
                ) as house:
                    print(f"{project:<12} {recall(*real(house, settings.data, project))}")
        with open_house(settings_in(settings, Path(folder) / "sample"), command="evals.quality") as house:
            sample(house, settings)


def real(house: House, data: Path, project: str) -> tuple[list[Trial], Mapping[str, set[str]]]:
    """Index a project and try its marked duplicates; return the trials and the right Issues."""
    house.add_issues(issue_from(line) for line in lines_of(data / "issues" / f"{project}.jsonl"))
    marked = list(lines_of(data / "duplicates" / f"{project}.dev.jsonl"))
    right = {line["id"]: set(line["label"]["duplicate_of"]) for line in marked}
    return list(house.trials([message_from(line) for line in marked], max(RANKS))), right


def sample(house: House, settings: Settings) -> None:
    """Print how the sample team's messages come out."""
    files = settings.config_dir / "demo"
    house.add_issues(issue_from(line) for line in lines_of(files / "issues.jsonl"))
    expected = {line["id"]: line for line in lines_of(files / "expected.jsonl")}
    messages = [message_from(line) for line in lines_of(files / "messages.jsonl")]
    trials = [trial for trial in house.trials(messages, max(RANKS)) if trial.proposal]
    right = {name: set(line["duplicate_of"]) for name, line in expected.items()}
    marked = [trial for trial in trials if right[trial.message.id]]
    print(f"{'sample team':<12} {recall(marked, right)}")
    flags = [trial for trial in trials if _is_known(trial)]
    good = sum(top(trial) in right[trial.message.id] for trial in flags)
    print(f"{'':<12} called known: {len(flags)}, rightly {good}, of {len(marked)} marked")


def recall(trials: Sequence[Trial], right: Mapping[str, set[str]]) -> str:
    """Return recall at the ranks and the mean reciprocal rank, in words."""
    ranks = list(_ranks(trials, right))
    parts = [f"R@{k} {sum(rank <= k for rank in ranks) / len(ranks):.3f}" for k in RANKS]
    return f"{'  '.join(parts)}  MRR {sum(1 / rank for rank in ranks) / len(ranks):.3f}  of {len(ranks)}"


def _ranks(trials: Sequence[Trial], right: Mapping[str, set[str]]) -> Iterator[float]:
    for trial in trials:
        found = trial.proposal.matched.candidates if trial.proposal else ()
        hits = (at for at, each in enumerate(found, start=1) if each.issue_id in right[trial.message.id])
        yield next(hits, float("inf"))


def _is_known(trial: Trial) -> bool:
    duplicate = trial.proposal.duplicate if trial.proposal else None
    return duplicate is not None and duplicate.verdict is DuplicateVerdict.DUPLICATE


def top(trial: Trial) -> str:
    """Return the first candidate's id."""
    return trial.proposal.matched.candidates[0].issue_id if trial.proposal else ""


if __name__ == "__main__":
    main()
