"""Until when a place rests that did not take a drawing."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("surfaces", sa.Column("rests_until", sa.DateTime(), nullable=True))
