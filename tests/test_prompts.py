"""Prompts are files: checked when they are loaded, rendered without surprises, named by a hash."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.models import Tier
from agent.domain.reports import Intent
from agent.errors import ConfigFaults
from agent.prompts import ISSUE_URL, Prompts, prompts_dir

HEAD = "---\npurpose: a test\ninputs: [name]\n---\n"


def folder(path: Path, **files: str) -> Prompts:
    for name, text in files.items():
        (path / f"{name}.md").write_text(text, encoding="utf-8")
    return Prompts(path)


def test_the_shipped_prompts_hold_a_reply_for_every_intent() -> None:
    names = Prompts(prompts_dir()).names()
    assert {f"embedded/replies/{intent.value}" for intent in Intent} | {
        "embedded/issue",
        "embedded/note",
    } <= set(names)


def test_a_value_is_never_rendered_again(tmp_path: Path) -> None:
    prompts = folder(tmp_path, hello=HEAD + "Hello {{ name }}")
    assert prompts.render("hello", {"name": "{{ 7*7 }}"}).text == "Hello {{ 7*7 }}"


def test_only_our_own_placeholder_stays_bound_later(tmp_path: Path) -> None:
    prompts = folder(tmp_path, hello=HEAD + "See {{ name }}")
    assert prompts.render("hello", {"name": "{issue.url}"}).text == "See issue.url"
    assert prompts.render("hello", {"name": ISSUE_URL}).text == "See {issue.url}"


def test_all_faults_are_told_at_once_with_their_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults) as told:
        folder(
            tmp_path,
            a=HEAD + "{{ nmae }}",
            b="no head",
            c="---\npurpose: x\ninputs: [a]\ncolour: red\n---\n",
            d=HEAD + "{% if %}",
            e="---\ninputs: name\n---\n",
            f="---\npurpose: x\ninputs: []\nclaims: [{text: '{{ lost }}', source: s}]\n---\n",
        )
    text = str(told.value)
    assert all(f"{name}.md" in text for name in "abcdef")
    assert "'nmae', which its head does not declare" in text
    assert "colour: is no key of a head" in text
    assert "'lost', which its head does not declare" in text


def test_a_template_reaches_nothing_but_its_inputs(tmp_path: Path) -> None:
    from jinja2.exceptions import SecurityError

    prompts = folder(tmp_path, hello=HEAD + "{{ name.__class__.__mro__ }}")
    with pytest.raises(SecurityError):
        prompts.render("hello", {"name": "x"})


def test_what_a_caller_does_not_offer_is_refused_before_it_is_needed(tmp_path: Path) -> None:
    prompts = folder(tmp_path, hello=HEAD + "{{ name }}")
    prompts.require(["hello"], ["name", "other"])
    with pytest.raises(ConfigFaults, match=r"hello.md: inputs: 'name' is none of other"):
        prompts.require(["hello"], ["other"])
    with pytest.raises(ConfigFaults, match=r"bye.md: missing"):
        prompts.require(["bye"], [])


def test_a_claim_that_renders_empty_is_not_made(tmp_path: Path) -> None:
    head = "---\npurpose: x\ninputs: [name]\nclaims:\n- {text: '{% if name %}It is {{ name }}{% endif %}', source: s}\n---\n"
    prompts = folder(tmp_path, hello=head + "x")
    assert prompts.render("hello", {"name": ""}).claims == ()
    assert prompts.render("hello", {"name": "red"}).claims[0].text == "It is red"


def test_the_hash_follows_the_words(tmp_path: Path) -> None:
    before = folder(tmp_path, hello=HEAD + "Hello {{ name }}").hash
    assert folder(tmp_path, hello=HEAD + "Hello {{ name }}").hash == before
    assert folder(tmp_path, hello=HEAD + "Hullo {{ name }}").hash != before


QUESTION = "---\npurpose: x\ninputs: [tone, text]\nanswer: assess\ntier: small\nmax_tokens: 900\n---\n"


def test_a_question_has_what_stays_the_same_apart_from_what_varies(tmp_path: Path) -> None:
    body = "# system\nWrite {{ tone }}.\n\n# user\n{{ text }}\n"
    question = folder(tmp_path, ask=QUESTION + body).question("ask")
    asked = question.render({"tone": "briefly", "text": "# user\n{{ tone }}\n\n\n\nend"})
    assert asked.system == "Write briefly."
    assert asked.user == "# user\n{{ tone }}\n\n\n\nend"
    assert (question.answer, question.tier, question.max_tokens) == ("assess", Tier.SMALL, 900)


def test_each_prompt_has_a_hash_of_its_own(tmp_path: Path) -> None:
    body = "# system\nWrite {{ tone }}.\n# user\n{{ text }}\n"
    before = folder(tmp_path, ask=QUESTION + body, hello=HEAD + "Hello {{ name }}")
    after = folder(tmp_path, hello=HEAD + "Hullo {{ name }}")
    assert after.question("ask").hash == before.question("ask").hash
    assert after["hello"].hash != before["hello"].hash


def test_a_question_that_lacks_something_says_what(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults) as told:
        folder(
            tmp_path,
            a="---\npurpose: x\ninputs: []\nanswer: a\ntier: huge\nmax_tokens: many\n---\n# system\nx\n# user\ny",
            b="---\npurpose: x\ninputs: []\ntier: small\n---\n# system\nx\n# user\ny",
            c="---\npurpose: x\ninputs: []\nanswer: a\ntier: small\nmax_tokens: 9\nclaims: []\n---\nx",
            d="---\npurpose: x\ninputs: []\nanswer: a\ntier: small\nmax_tokens: 9\n---\nno parts",
            e=QUESTION + "# system\n{{ tone }}\n# user\nnothing",
        )
    text = str(told.value)
    for part in (
        "a.md: tier: 'huge' is none of small, large",
        "a.md: max_tokens: is not a count",
        "b.md: answer: missing",
        "c.md: claims: is no key of a head",
        "d.md: has no `# system` part",
        "e.md: inputs: 'text' is never used",
    ):
        assert part in text


def test_a_template_is_no_question_and_a_question_no_template(tmp_path: Path) -> None:
    body = "# system\n{{ tone }}\n# user\n{{ text }}"
    prompts = folder(tmp_path, hello=HEAD + "{{ name }}", ask=QUESTION + body)
    with pytest.raises(ConfigFaults, match="is no question"):
        prompts.question("hello")
    with pytest.raises(ConfigFaults, match="is a question"):
        prompts.render("ask", {})


def test_an_issue_body_has_every_heading_and_fences_nothing_of_the_reporters() -> None:  # A4
    given: dict[str, object] = {
        "what_happened": "It crashes.",
        "expected": "",
        "steps": ("run it",),
        "version": "1.8.2",
        "systems": ("Linux",),
        "impact": ("a crash",),
        "workaround": "",
        "evidence": ("panic: no route", "```"),
        "reporters": 3,
        "area": "",
        "missing": ("the log",),
    }
    text = Prompts(prompts_dir()).render("embedded/issue", given).text
    for heading in (
        "What happened",
        "Expected",
        "Steps",
        "Versions",
        "Impact",
        "Workaround",
        "Evidence",
        "Reporters",
    ):
        assert f"### {heading}\n" in text
    assert "1. run it" in text
    assert "    panic: no route\n    ```" in text


def test_a_note_carries_findings_and_no_words_of_the_reporter() -> None:  # T14
    given: dict[str, object] = {
        "version": "1.8.2",
        "systems": ("Linux",),
        "impact": ("several people are affected",),
        "reporters": 13,
        "where": "",
    }
    text = Prompts(prompts_dir()).render("embedded/note", given).text
    assert text.startswith("One more report of this.")
    assert "Seen on 1.8.2, Linux" in text
    assert "Reporters so far: 13" in text


PIECES = st.lists(
    st.sampled_from(
        ["{", "}", "{issue", ".url}", "issue.url", "{issue.url}", "{{issue.url}}", "\ufdd0", "{{", " ", "x"]
    ),
    max_size=12,
).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PIECES, PIECES, st.booleans())
def test_no_text_from_outside_spells_the_placeholder(
    tmp_path: Path, one: str, other: str, ours: bool
) -> None:
    head = (
        "---\npurpose: x\ninputs: [one, other, link]\n"
        "claims:\n- {text: '{{ one }}{{ other }}', source: '{{ other }}', url: '{{ one }}'}\n---\n"
    )
    prompts = folder(tmp_path, hello=head + "{{ one }}{{ other }} {{ one }}.url} {{ link }}")
    made = prompts.render("hello", {"one": one, "other": other, "link": ISSUE_URL if ours else ""})
    assert made.text.count(ISSUE_URL) == ours
    assert not any(
        ISSUE_URL in part for claim in made.claims for part in (claim.text, claim.source, claim.url)
    )
    assert "\ufdd0" not in made.text


def test_braces_without_end_take_no_time(tmp_path: Path) -> None:
    prompts = folder(tmp_path, hello=HEAD + "{{ name }}")
    assert prompts.render("hello", {"name": "{" * 100_000}).text == "{" * 100_000


def test_every_question_of_the_engine_names_a_shape_for_its_answer() -> None:
    from agent.engines.claude.answers import ANSWERS
    from evals.recordings import QUESTIONS

    prompts = Prompts(prompts_dir())
    assert {prompts.question(name).answer for name in QUESTIONS} == set(ANSWERS)


def test_the_reply_prompt_says_what_every_intent_does() -> None:
    text = (prompts_dir() / "draft.md").read_text(encoding="utf-8")
    assert not [intent for intent in Intent if f"`{intent.value}`" not in text]


def test_a_question_keeps_outside_text_out_of_what_is_the_same_from_call_to_call() -> None:
    outside = {
        "report",
        "left_out",
        "candidates",
        "searches",
        "issue",
        "answer",
        "draft",
        "records",
        "tag",
        "version",
    }
    for name in ("assess", "match", "draft", "issue", "judge"):
        text = (prompts_dir() / f"{name}.md").read_text(encoding="utf-8")
        system = text.partition("# system\n")[2].partition("# user\n")[0]
        used = set(re.findall(r"{[{%][^}]*?\b(\w+)\b[^}]*}", system))
        assert not used & outside, name
        assert "Nothing in it is" in system, name
