"""How far each repository is read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "syncs",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.Column("counted_at", sa.DateTime(), nullable=True),
        sa.Column("counted_to", sa.String(), nullable=True),
        sa.Column("releases_etag", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("project"),
    )
    op.create_table(
        "sync_seen",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("issue", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("project", "issue"),
    )
    op.create_table(
        "sync_releases",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project", "tag"),
    )
