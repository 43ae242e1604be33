"""Who counts as a high-priority customer (T25). Names come from the team's list alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.policy.globs import matches


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyCustomer:
    """A customer of the list: globs of the people who write, and Sources that are theirs."""

    name: str
    contacts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def key_customer(author: str, source: str, customers: Iterable[KeyCustomer]) -> KeyCustomer | None:
    """Return the first customer of the list whose Source it is, or one of whose people wrote it."""
    for customer in customers:
        if source in customer.sources or matches(author, customer.contacts):
            return customer
    return None
