"""Who made a value, and what parts made together; what was stored before still loads."""

from datetime import UTC, datetime

from agent.domain.made import Made, StoodIn, Tokens, together
from agent.domain.proposals import Provenance
from agent.store.codec import from_json, to_json
from agent.triage.propose import provenance_of
from agent.wording import engines as wording
from tests.fakes import views as fake

AT = datetime(2026, 11, 21, 9, 33, tzinfo=UTC)
CLAUDE = Made(
    engine="claude",
    model="claude-haiku-5-5",
    prompts={"assess": "a1"},
    seconds=1.0,
    tokens=Tokens(input=10, output=2, cache_write=3, cache_read=4),
    microdollars=50,
)
INSTEAD = StoodIn(engine="claude", why="overloaded", tries=3, until=AT)
EMBEDDED = Made(engine="embedded", model="linear-1", prompts={"embedded": "e1"}, instead=INSTEAD)


def test_what_parts_made_is_one_engines_only_where_each_is() -> None:
    whole = together([CLAUDE, Made(), CLAUDE])
    assert (whole.engine, whole.model, whole.microdollars) == ("claude", "claude-haiku-5-5", 100)
    assert whole.tokens == Tokens(input=20, output=4, cache_write=6, cache_read=8)
    mixed = together([CLAUDE, EMBEDDED])
    assert (mixed.engine, mixed.model, mixed.instead) == ("embedded", "linear-1", INSTEAD)
    assert mixed.prompts == {"assess": "a1", "embedded": "e1"}
    assert mixed.microdollars == 50


def test_nothing_made_is_nobodys() -> None:
    assert together([]) == Made()


def test_a_provenance_has_the_hash_of_each_prompt_and_one_of_all() -> None:
    def of(*made: Made) -> Provenance:
        return provenance_of(made, embedder="minilm", policy="p", seconds=1.0)

    other = Made(engine="claude", model="m", prompts={"draft": "d1"})
    assert of(CLAUDE).prompt == "a1"
    assert of(CLAUDE, other).prompts == {"assess": "a1", "draft": "d1"}
    assert of(CLAUDE, other).prompt == of(other, CLAUDE).prompt != of(CLAUDE).prompt


def test_what_was_stored_before_still_loads() -> None:
    proposal = fake.proposal()
    text = to_json(proposal)
    assert proposal.assessment.made == Made()
    old = text.replace(f',"made":{to_json(Made())}', "")
    old = old.replace(',"prompts":{},"tokens":' + to_json(Tokens()) + ',"microdollars":0,"instead":null', "")
    assert '"made"' not in old
    assert '"instead"' not in old
    assert from_json(type(proposal), old) == proposal


def test_values_come_back_as_they_were_kept() -> None:
    assert from_json(Made, to_json(EMBEDDED)) == EMBEDDED


def test_how_it_reads() -> None:
    made = Provenance(
        engine="claude",
        model="claude-haiku-5-5",
        prompt="3f9a12c0",
        embedder="minilm",
        policy="77c01be0",
        seconds=4.1,
        microdollars=12_000,
    )
    assert wording.provenance(made) == "claude-haiku-5-5, prompts 3f9a12c, policy 77c01be · 4.1 s, 1.2 ¢"
    told = wording.stood_in(INSTEAD, AT, UTC)
    assert told == "Written by the embedded engine: Claude did not answer (overloaded, 3 tries until 09:33)"
    capped = StoodIn(engine="claude", why="the day's spend cap is reached", tries=0, until=AT)
    assert wording.stood_in(capped, AT, UTC).endswith("(the day's spend cap is reached, at 09:33)")
    assert wording.cents(437) == "0.04 ¢"
