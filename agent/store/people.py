"""How places call the people who write there, by their ids: asked once each, and kept."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from agent.domain.messages import Message, Named
from agent.policy.slack.people import called, id_of, met, reworded
from agent.store.locks import insert_new
from agent.store.tables import people


def of(tx: sa.Connection, ids: Collection[str]) -> dict[str, Named]:
    """Return what is known of these ids; one that nobody has there is known without a name."""
    if not ids:
        return {}
    rows = tx.execute(sa.select(people).where(people.c.id.in_(ids)))
    return {row.id: Named(name=row.name, origin=row.origin) for row in rows}


def keep(tx: sa.Connection, id: str, named: Named, now: datetime) -> None:
    """Remember how somebody is called; the first answer stands."""
    insert_new(tx, people, [{"id": id, "name": named.name, "origin": named.origin, "asked_at": now}])


def named(tx: sa.Connection, message: Message) -> str:
    """Return the text of a Message with the names of those whom it mentions, as far as they are known."""
    return reworded(message.text, of(tx, met(message)))


def called_in(tx: sa.Connection, authors: Iterable[str]) -> dict[str, str]:
    """Return how those are called of whom a writer's name is an id: by what is stored as their name."""
    by_author = {author: id for author in authors if (id := id_of(author))}
    known = of(tx, set(by_author.values()))
    return {author: called(author, known) for author, id in by_author.items() if id in known}
