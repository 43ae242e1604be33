"""Where Cases are drawn, Notices of no Case, and whose own answer withdrew a reply."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "surfaces",
        sa.Column("surface", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("case", sa.Integer(), nullable=True),
        sa.Column("drawn_event", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("drawn_digest", sa.String(), nullable=False, server_default=""),
        sa.Column("drawn_at", sa.DateTime(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["case"], ["cases.number"]),
        sa.PrimaryKeyConstraint("surface", "place"),
    )
    op.create_index("ix_surfaces_case", "surfaces", ["case"])
    with op.batch_alter_table("outbox") as rows:
        rows.alter_column("case", existing_type=sa.Integer(), nullable=True)
    op.add_column("cases", sa.Column("withdrawn_by", sa.String(), nullable=False, server_default=""))
