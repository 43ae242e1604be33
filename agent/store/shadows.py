"""What candidate prompt sets said, a row a revision and set."""

import sqlalchemy as sa

from agent.domain.shadows import Shadowed
from agent.store.cases import number_of
from agent.store.codec import from_json, to_json
from agent.store.tables import shadows


def is_there(tx: sa.Connection, number: int, revision: int, prompts: str) -> bool:
    """Tell whether a candidate has been asked about a revision."""
    here = (shadows.c.case == number, shadows.c.revision == revision, shadows.c.prompts == prompts)
    return tx.execute(sa.select(shadows.c.case).where(*here)).first() is not None


def write(tx: sa.Connection, shadowed: Shadowed) -> None:
    """Keep an answer once; of two workers that asked, the first stays."""
    number = number_of(shadowed.case_id)
    if is_there(tx, number, shadowed.revision, shadowed.prompts):
        return
    tx.execute(
        shadows.insert().values(
            case=number,
            revision=shadowed.revision,
            prompts=shadowed.prompts,
            at=shadowed.at,
            payload=to_json(shadowed),
        )
    )


def everything(tx: sa.Connection) -> list[Shadowed]:
    """Return every answer, oldest first."""
    query = sa.select(shadows.c.payload).order_by(shadows.c.at, shadows.c.case, shadows.c.revision)
    return [from_json(Shadowed, text) for text in tx.scalars(query)]
