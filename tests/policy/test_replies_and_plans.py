"""What a reply is for, and what would happen on approval (T13, T14, A9, A12, A13, N4)."""

import pytest

from agent.domain.actions import ActionKind, PlannedAction
from agent.domain.assessments import AnswerHit, CaseType, DuplicateVerdict, Factor, FactorKind
from agent.domain.messages import Level, Visibility
from agent.domain.proposals import Duplicate, Priority
from agent.domain.reports import Intent, Report
from agent.policy.duplicates import Standing
from agent.policy.plans import Place, PrivateNames, Texts, plan
from agent.policy.replies import ReplyRule, intent
from tests.policy.given import INTERNAL, PUBLIC, factor, report

RULE = ReplyRule(answer_at=0.6, ask_at=3)
BUG, FEATURE, QUESTION = CaseType.COMPLEX, CaseType.FEATURE, CaseType.QUESTION
KNOWN = Duplicate(issue_id="o/r#412", probability=0.9, verdict=DuplicateVerdict.DUPLICATE, reason="r")
RELATED = Duplicate(issue_id="o/r#412", probability=0.5, verdict=DuplicateVerdict.RELATED, reason="r")
CUSTOMER = Visibility(Level.CUSTOMER, "acme")


def meant(
    kind: CaseType,
    *,
    priority: Priority = Priority.P2,
    found: tuple[FactorKind, ...] = (),
    duplicate: Duplicate | None = None,
    standing: Standing | None = None,
    missing: tuple[str, ...] = (),
    cosine: float = 0.0,
) -> Intent | None:
    factors: list[Factor] = [factor(each) for each in found]
    return intent(kind, priority, factors, duplicate, standing, missing, [AnswerHit("A-1", cosine)], RULE)


@pytest.mark.parametrize(
    ("standing", "what_for"),
    [
        (Standing.OPEN, Intent.KNOWN),
        (Standing.UPGRADE, Intent.FIXED),
        (Standing.FIXED, Intent.FIXED),
        (Standing.REGRESSION, Intent.REGRESSION),
        (Standing.CLOSED, Intent.KNOWN),
    ],
)
def test_a_known_bug_is_answered_by_how_it_stands(standing: Standing, what_for: Intent) -> None:  # T14, N3
    assert meant(BUG, duplicate=KNOWN, standing=standing) is what_for


def test_what_is_only_related_is_new() -> None:
    assert meant(BUG, duplicate=RELATED, standing=Standing.OPEN) is Intent.NEW_BUG


def test_features_questions_and_business_each_have_their_reply() -> None:
    assert meant(FEATURE) is Intent.FEATURE_NEW
    assert meant(FEATURE, duplicate=KNOWN, standing=Standing.OPEN) is Intent.FEATURE_KNOWN
    assert meant(QUESTION) is Intent.QUESTION
    assert meant(QUESTION, cosine=0.7) is Intent.ANSWER  # A15
    assert meant(CaseType.BUSINESS) is Intent.BUSINESS
    assert meant(CaseType.NOISE) is None


def test_too_little_is_asked_for_first_unless_it_is_urgent() -> None:
    thin = ("the version", "the steps", "the log")
    assert meant(BUG, missing=thin) is Intent.ASK
    assert meant(BUG, missing=thin[:2]) is Intent.NEW_BUG
    assert meant(BUG, missing=thin, priority=Priority.P1) is Intent.NEW_BUG


@pytest.mark.parametrize("kind", CaseType)
def test_a_security_report_gets_its_acknowledgement_whatever_else_it_is(kind: CaseType) -> None:  # A9
    assert meant(kind, found=(FactorKind.SECURITY,), duplicate=KNOWN, cosine=0.9) is Intent.SECURITY


def test_an_outage_is_acknowledged_as_one_when_it_is_a_p0() -> None:
    assert meant(BUG, found=(FactorKind.OUTAGE,), priority=Priority.P0) is Intent.OUTAGE


def planned(
    what_for: Intent | None,
    *,
    of: Report | None = None,
    made_from: Visibility = PUBLIC,
    tracker: Visibility = PUBLIC,
    body: str = "It stops.",
) -> tuple[PlannedAction, ...]:
    texts = Texts(
        visibility=made_from, reply="Hello", issue_title="Sync stops", issue_body=body, note="One more"
    )
    return plan(
        what_for,
        of or report(),
        Place("slack:C1", made_from),
        Place("o/r", tracker),
        KNOWN,
        texts,
        {"priority": "P1"},
        PrivateNames(words=("acme",), hosts=("*.corp.example",)),
    )


def steps(actions: tuple[PlannedAction, ...]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.destination) for each in actions]


@pytest.mark.parametrize("what_for", [Intent.NEW_BUG, Intent.FEATURE_NEW, Intent.OUTAGE])
def test_what_is_new_becomes_an_issue_before_the_reply_names_it(what_for: Intent) -> None:  # T13, A12, A13
    actions = planned(what_for)
    assert steps(actions) == [("create_issue", "o/r"), ("reply", "slack:C1")]
    assert actions[0].fields == {"priority": "P1"}


@pytest.mark.parametrize("what_for", [Intent.KNOWN, Intent.FIXED, Intent.REGRESSION, Intent.FEATURE_KNOWN])
def test_what_is_known_is_noted_there(what_for: Intent) -> None:  # T14
    assert steps(planned(what_for)) == [("reply", "slack:C1"), ("note_issue", "o/r#412")]


@pytest.mark.parametrize(
    "what_for", [Intent.SECURITY, Intent.QUESTION, Intent.ANSWER, Intent.BUSINESS, Intent.ASK]
)
def test_the_rest_is_a_reply_and_nothing_else(what_for: Intent) -> None:  # A9
    assert steps(planned(what_for)) == [("reply", "slack:C1")]


def test_noise_has_no_plan() -> None:
    assert planned(None) == ()


def test_an_issue_is_not_filed_again() -> None:
    itself = report("o/r#7", "github:o/r")
    assert steps(planned(Intent.NEW_BUG, of=itself)) == [("reply", "slack:C1")]
    for other in (
        report("o/r#7", "slack:C1"),
        report("x/y#7", "github:o/r"),
        report("o/r#7-c1", "github:o/r"),
    ):
        assert ActionKind.CREATE_ISSUE in [each.kind for each in planned(Intent.NEW_BUG, of=other)]


def test_private_words_do_not_reach_a_less_private_place() -> None:  # N4
    create, reply = planned(Intent.NEW_BUG, made_from=CUSTOMER)
    assert (
        create.blocked == "the report is customer:acme and this place is public: say it in words of your own"
    )
    assert reply.blocked == ""
    assert planned(Intent.NEW_BUG, made_from=CUSTOMER, tracker=INTERNAL)[0].blocked == ""


def test_every_text_passes_the_gate_of_its_own_destination() -> None:  # A2
    body = "acme, build@db1.corp.example, token ghp_" + "a1" * 18
    create, _ = planned(Intent.NEW_BUG, body=body)
    assert "acme" not in create.body
    assert "ghp_" not in create.body
    assert {each.kind for each in create.removed} >= {"name", "secret"}
    inside, _ = planned(Intent.NEW_BUG, body=body, tracker=INTERNAL)
    assert "acme" in inside.body
    assert "ghp_" not in inside.body
