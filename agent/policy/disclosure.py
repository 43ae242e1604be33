"""Who may read what: the flow of texts between places. What is taken out of a text is redaction's."""

from collections.abc import Iterable

from agent.domain.messages import Level, Visibility


def may_flow(text: Visibility, to: Visibility) -> bool:
    """Tell whether a text may be shown where `to` says who reads.

    A customer's text reaches the same customer and the team, and where the customer is not named
    the team alone.
    """
    if text.level > to.level:
        return False
    if text.level is Level.CUSTOMER and to.level is Level.CUSTOMER:
        return text.audience is not None and text.audience == to.audience
    return True


def addressed(visibility: Visibility, writer: str) -> Visibility:
    """Return whose text it is: where the place names no customer, it is between the writer and us."""
    if visibility.level is Level.CUSTOMER and visibility.audience is None:
        return Visibility(Level.CUSTOMER, writer)
    return visibility


def common(visibilities: Iterable[Visibility]) -> Visibility:
    """Return the strictest: whatever was made from these texts may flow as this does.

    Texts of two customers, or of one that is not named, make an internal one.
    """
    given = tuple(visibilities)
    level = max((each.level for each in given), default=Level.PUBLIC)
    if level is not Level.CUSTOMER:
        return Visibility(level)
    audiences = {each.audience for each in given if each.level is Level.CUSTOMER}
    if len(audiences) > 1 or None in audiences:
        return Visibility(Level.INTERNAL)
    return Visibility(level, audiences.pop())
