"""Public < customer < internal < restricted, and a customer's text to the same customer alone (N4)."""

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.messages import Level, Visibility
from agent.policy.disclosure import addressed, common, may_flow

visibilities = st.one_of(
    st.sampled_from([Visibility(Level.PUBLIC), Visibility(Level.INTERNAL), Visibility(Level.RESTRICTED)]),
    st.builds(Visibility, st.just(Level.CUSTOMER), st.sampled_from([None, "acme", "bolt"])),
)


@given(visibilities, visibilities)
def test_nothing_flows_to_a_less_private_place(text: Visibility, to: Visibility) -> None:
    if may_flow(text, to):
        assert text.level <= to.level


@given(visibilities, visibilities, visibilities)
def test_no_detour_reaches_what_is_closed(text: Visibility, over: Visibility, to: Visibility) -> None:
    if may_flow(text, over) and may_flow(over, to):
        assert may_flow(text, to)


@given(st.lists(visibilities, max_size=5), visibilities)
def test_what_is_made_of_texts_flows_only_where_each_of_them_may(
    texts: list[Visibility], to: Visibility
) -> None:
    if may_flow(common(texts), to):
        assert all(may_flow(text, to) for text in texts)


@given(st.lists(visibilities, max_size=5))
def test_every_text_may_be_shown_with_the_others(texts: list[Visibility]) -> None:
    assert all(may_flow(text, common(texts)) for text in texts)


@given(visibilities)
def test_one_text_keeps_its_own_visibility(text: Visibility) -> None:
    named = addressed(text, "writer")
    assert common([named, named]) == named
    assert may_flow(named, named)


def test_a_customers_text_reaches_the_same_customer_and_the_team() -> None:
    acme, bolt = Visibility(Level.CUSTOMER, "acme"), Visibility(Level.CUSTOMER, "bolt")
    assert may_flow(acme, acme)
    assert not may_flow(acme, bolt)
    assert not may_flow(acme, Visibility(Level.PUBLIC))
    assert may_flow(acme, Visibility(Level.INTERNAL))
    assert common([acme, bolt]) == Visibility(Level.INTERNAL)


def test_a_mail_without_a_customer_is_between_its_writer_and_us() -> None:
    assert addressed(Visibility(Level.CUSTOMER), "a@b.example") == Visibility(Level.CUSTOMER, "a@b.example")
    assert addressed(Visibility(Level.PUBLIC), "a@b.example") == Visibility(Level.PUBLIC)
