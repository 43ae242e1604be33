"""How long it took from an approval to its effect."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("took", sa.Float(), nullable=True))
