"""What an engine wrote is made fit before anybody sees it."""

from dataclasses import replace

from agent.domain.proposals import Claim, Draft
from agent.domain.reports import Description
from agent.triage.vet import checked, fit_description, fit_reply
from tests.policy.given import PUBLIC, example
from tests.policy.test_claims import BRIEF

SETTINGS = example()


def draft(text: str, translation: str = "", typed: str = "", claims: tuple[Claim, ...] = ()) -> Draft:
    return Draft(
        destination="slack:C1",
        visibility=PUBLIC,
        text=text,
        translation=translation,
        typed=typed,
        claims=claims,
    )


def test_calls_and_promises_are_taken_out_and_told() -> None:  # A12, A14, T17
    fit, removed = fit_reply(draft("Thanks @everyone. We will fix it by Friday. Bye."), BRIEF)
    assert fit.text == "Thanks everyone. Bye."
    assert [(each.kind, each.was) for each in removed] == [
        ("mention", "@everyone"),
        ("promise", "We will fix it by Friday."),
    ]


def test_a_promise_goes_out_of_the_translation_with_its_sentence() -> None:
    reply = draft("Tack. Det rättas i nästa utgåva.", "Thanks. It will be fixed in the next release.")
    fit, removed = fit_reply(reply, BRIEF)
    assert (fit.text, fit.translation) == ("Tack.", "Thanks.")
    assert len(removed) == 1


def test_a_promise_that_only_the_translation_tells_flags_every_sentence() -> None:
    reply = draft("Tack. Hej. Det rättas i nästa utgåva.", "Thanks. It will be fixed in the next release.")
    shown = checked(fit_reply(reply, BRIEF)[0], BRIEF, SETTINGS, "")
    assert [claim.text for claim in shown.claims] == ["Tack.", "Hej.", "Det rättas i nästa utgåva."]
    assert not any(claim.source for claim in shown.claims)


def test_what_the_template_says_was_typed_by_the_team() -> None:
    typed = "We answer within 2 business days."
    fit, removed = fit_reply(draft(typed, typed=typed), BRIEF)
    assert (fit.text, removed) == (typed, ())
    assert checked(fit, BRIEF, SETTINGS, "").claims == ()


def test_an_estimate_that_a_person_typed_is_a_source() -> None:  # A12
    reply = draft("It is about 17 days of looking, we were told.")
    assert checked(reply, BRIEF, SETTINGS, "").claims[0].lacks == ("17 days",)
    assert checked(reply, BRIEF, SETTINGS, "17 days").claims == ()


def test_the_reporters_words_stay_in_an_issue_and_the_engines_promise_does_not() -> None:
    said_so = replace(BRIEF.report, text="They said it will be fixed by Friday.")
    brief = replace(BRIEF, report=said_so)
    body = "They said it will be fixed by Friday. We will fix it tomorrow.\n\n    @Override\n\n@team"
    said, removed, _ = fit_description(Description(title="x @here", body=body, note="n"), brief)
    assert said.title == "x here"
    assert said.body == "They said it will be fixed by Friday.\n\n    @Override\n\nteam"
    assert len(removed) == 3


def test_the_link_of_the_new_issue_stays_though_its_sentence_promises() -> None:  # A12
    fit, removed = fit_reply(draft("Thanks. We will fix it by Friday, see {issue.url}. Bye."), BRIEF)
    assert fit.text == "Thanks. Bye.\n\n{issue.url}"
    assert [each.kind for each in removed] == ["promise"]


def test_nothing_in_a_reply_is_hidden_from_who_approves_it() -> None:
    reply = draft("Thanks \u202eerutuf\u202c, it w\u200bill be here. `<img alt='x'>`")
    fit, removed = fit_reply(reply, BRIEF)
    assert fit.text == "Thanks erutuf, it will be here. `<img alt='x'>`"
    assert [(each.kind, each.was) for each in removed] == [
        ("hidden text", "2 × characters that turn text around"),
        ("hidden text", "1 × invisible characters"),
    ]


def test_an_invisible_character_saves_no_promise() -> None:
    assert fit_reply(draft("Thanks. It w\u200bill be fixed soon."), BRIEF)[0].text == "Thanks."
