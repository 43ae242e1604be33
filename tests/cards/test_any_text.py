"""Whatever a text holds, no limit of Slack breaks a card and no letter of the reply is lost."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.cards import blocks as kit
from agent.cards.card import card
from agent.cards.filled import About, Filled, boxed, holds, read
from agent.cards.home import home
from agent.cards.modal import modal, moved_on, told, unchecked
from agent.domain.actions import ActionKind, PlannedAction, Removal
from agent.domain.cases import CaseState
from agent.domain.made import StoodIn
from agent.domain.proposals import Claim
from agent.domain.views import CaseView
from agent.wording.forms import plain
from agent.wording.texts import visible
from tests.cards.reading import boxes, reply_of, submitted
from tests.cards.test_card import SEEN, drawn
from tests.fakes import views as fake
from tests.fakes.desk import furnished
from tests.fakes.slack.blocks import view_faults

ABOUT = About("C-204", 2, "C1", "1700000000.000100")
#: What has broken cards: control characters of Slack's, entities, fences, quotes, and every kind of letter.
NASTY = (
    "<!channel>",
    "<@U2>",
    "<https://example.com|here>",
    "&lt;",
    "&amp;",
    "&&&&",
    "```\ncode\n```",
    "`",
    "*bold*",
    "> quoted\n",
    "\n\n",
    "\n",
    " ",
    "\t",
    "\r\n",
    "“”",
    '"',
    "🎉",
    "👩‍👩‍👧‍👦",
    "لا يعمل التزامن ",
    "同期が止まる",
    "नमस्ते ",
    "{issue.url}",
    "\x00",
    "\u200b",
    "word ",
    "a" * 80,
)
pieces = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
texts = st.builds(
    lambda parts, times, most: ("".join(parts) * times)[:most],
    st.lists(pieces, max_size=12),
    st.sampled_from((1, 3, 40, 900)),
    st.sampled_from((10, 400, 4_000, 20_000, 100_000)),
)


def with_texts(reply: str, words: str, title: str) -> CaseView:
    """Give a Case all of whose texts are somebody else's."""
    found = (reply[:300], reply[300:700], words[:90], title)
    claims = tuple(Claim(text=each, lacks=(words[:200], title, each, each)) for each in found if each)
    files = PlannedAction(
        kind=ActionKind.CREATE_ISSUE,
        destination=fake.PROJECT,
        visibility=fake.PUBLIC,
        title=title,
        body=words,
        removed=(
            Removal(kind="path", was=words[:50], now="[path]"),
            Removal(kind="promise", was=words[:300], now=""),
        ),
    )
    like = tuple(
        replace(each, ours=words[:500], same=(title,), differs=(title, words[:200]))
        for each in fake.likenesses()
    )
    drafted = replace(fake.draft(reply), claims=claims, translation=words)
    instead = StoodIn(engine="claude", why=title[:300], tries=3, until=fake.NOW)
    proposal = fake.proposal(
        draft=drafted,
        plan=(replace(fake.plan()[0], body=reply), files, *fake.plan()[1:]),
        because=words[:400],
        matched=replace(fake.proposal().matched, likenesses=like),
        assessment=fake.assessment(unsure=(title, words[:200])),
        provenance=replace(fake.proposal().provenance, model=title, instead=instead),
    )
    found = {each.id: replace(each, title=title) for each in fake.ISSUES.values()}
    case = fake.case(title=title, author=title[:300])
    newer = fake.said(words, id="m-2")
    return fake.view(
        case=case, proposal=proposal, issues=found, messages=(fake.said(words), newer), typed=words or None
    )


@settings(max_examples=120, deadline=None)
@given(reply=texts, words=texts, title=texts)
@example(reply="&" * 100_000, words="<" * 100_000, title="&" * 500)
@example(reply="\n" * 100_000, words="\n" * 5_000, title="\n" * 300)
@example(reply=" " * 100_000, words="> \n" * 9_000, title=" ")
@example(reply="🎉" * 50_000, words="🎉" * 3_000, title="🎉" * 300)
@example(reply="a" * 100_000, words="a\n\n" * 9_000, title="a" * 300)
def test_any_text_renders_within_every_limit_and_no_letter_of_the_reply_is_lost(
    reply: str, words: str, title: str
) -> None:
    view = with_texts(reply, words, title)
    assert view.proposal is not None
    assert view.proposal.draft is not None
    untranslated = replace(view.proposal, draft=replace(view.proposal.draft, translation=""))
    assert reply_of(drawn(replace(view, proposal=untranslated))) == visible(reply)
    drawn(view)


@settings(max_examples=80, deadline=None)
@given(reply=texts, words=texts, title=texts)
@example(reply="&" * 100_000, words="<" * 100_000, title="&" * 500)
@example(reply="同" * 100_000, words="🎉" * 50_000, title="同" * 300)
@example(reply="\n" * 100_000, words="\n" * 100_000, title="\n")
def test_a_modal_that_nobody_touched_changes_nothing(reply: str, words: str, title: str) -> None:
    view = with_texts(reply, words, title)
    opened = modal(view, SEEN, ABOUT)
    assert view_faults(opened) == []
    filled = read(submitted(opened), view)
    assert (filled.reply, filled.issue_title, filled.issue_body) == (None, None, None)
    assert filled.corrections == {}
    assert filled.left_out == ()
    shown, rest = boxed(plain(reply))
    assert "".join(shown) + rest == plain(reply)
    assert [each.rstrip() for each in shown or [""]] == boxes(opened, "reply")


@settings(max_examples=120, deadline=None)
@given(reply=texts, mine=texts)
@example(reply="a" * 100_000, mine="&" * 100_000)
def test_a_text_that_was_typed_is_shown_beside_what_is_true_now(reply: str, mine: str) -> None:
    view = with_texts(reply, "words", "title")
    assert view_faults(moved_on(view, SEEN, ABOUT, "The thread moved on.", mine)) == []
    assert view_faults(told("C-204", ABOUT, "@second approved C-204 before you.", mine)) == []


@settings(max_examples=60, deadline=None)
@given(reply=texts, mine=texts, flag=texts)
@example(reply="a", mine="word \n" * 9_000, flag="<" * 500)
def test_what_was_typed_is_kept_when_its_sentences_are_to_be_checked(
    reply: str, mine: str, flag: str
) -> None:
    view, claims = with_texts(reply, "words", "title"), (Claim(text=flag, lacks=(flag,)),)
    said = Filled(reply=plain(mine))
    anew = unchecked(view, SEEN, ABOUT, said, claims, "Not sent yet.")
    assert view_faults(anew) == []
    if holds(mine):
        ends = About.parse(anew["private_metadata"]).ends
        read_back = read(submitted(anew), view, ends).reply
        expected = None if plain(mine) == plain(reply) else plain(mine)
        assert (read_back or "").split() == (expected or "").split()


@settings(max_examples=40, deadline=None)
@given(words=texts, title=texts)
def test_any_list_renders_as_a_home(words: str, title: str) -> None:
    view = with_texts(words, words, title)
    row = fake.row(view, first_words=words, tags=("came back",))
    shown = replace(
        furnished().home_of("first-engineer"),
        inbox=(row,) * 40,
        waiting=(row,) * 9,
        snoozed=(replace(row, case=replace(row.case, state=CaseState.SNOOZED)),) * 9,
        sources=tuple(fake.lines()),
    )
    assert view_faults(home(shown, SEEN)) == []


@given(text=texts, budget=st.integers(5, 3000))
def test_a_text_is_escaped_before_it_is_measured_and_cut(text: str, budget: int) -> None:
    fitted = kit.fit(text, budget)
    assert kit.size(fitted) <= budget
    assert "<" not in fitted
    assert kit.unescape(fitted).rstrip(kit.MORE).rstrip(" \n,.;:") in visible(text)


@given(text=texts, budget=st.integers(50, 3000))
def test_pieces_joined_are_the_text_again(text: str, budget: int) -> None:
    found = kit.pieces(text, budget)
    assert "".join(found) == text
    assert all(kit.size(kit.escape(each)) <= budget for each in found)


def test_the_words_of_a_card_are_never_markup_of_slacks_own() -> None:
    said = str(
        card(with_texts("<!here>", "<@U2> <!channel> <https://evil.example|Approve>", "<!here>"), SEEN)
    )
    for markup in ("<!", "<@U2>", "<https://evil"):
        assert markup not in said
