"""Why the words of a Message or a Case are gone, and the hash of what they were."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for table, column in (("messages", "removed"), ("messages", "digest"), ("cases", "removed")):
        op.add_column(table, sa.Column(column, sa.String(), nullable=False, server_default=""))
