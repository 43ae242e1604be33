"""The tables. Their history is in `migrations/`; a test holds the two against each other."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """An aware time, stored in UTC. A time without a zone is refused: it would be a guess."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = sa.MetaData()


def _table(name: str, *columns: Any) -> sa.Table:
    return sa.Table(name, metadata, *columns)


#: One row a counter or mark: the generation of the Issues, who paused sending.
marks = _table(
    "marks",
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.String, nullable=False),
)

#: Every Source that a Message ever came from; `paused_at` holds back what would leave through it.
sources = _table(
    "sources",
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("first_seen_at", Utc, nullable=False),
    sa.Column("last_read_at", Utc),
    sa.Column("paused_at", Utc),
    sa.Column("paused_by", sa.String),
)

#: The inbox: a row is the acknowledgement. `extra` keeps keys that are not ours. Where the words are gone,
#: `removed` says why, and `digest` is the hash of what they were.
messages = _table(
    "messages",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("id", sa.String, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("sent_at", Utc, nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("thread", sa.String),
    sa.Column("visibility", sa.String, nullable=False),
    sa.Column("extra", sa.JSON, nullable=False),
    sa.Column("dropped_reason", sa.String, nullable=False, server_default=""),
    sa.Column("edits_taken", sa.Integer, nullable=False, server_default="0"),
    sa.Column("trouble", sa.Text, nullable=False, server_default=""),
    sa.Column("removed", sa.String, nullable=False, server_default=""),
    sa.Column("digest", sa.String, nullable=False, server_default=""),
    sa.UniqueConstraint("source", "id", name="one_row_a_delivery"),
    sa.Index("messages_by_thread", "source", "thread"),
)

#: Webhook deliveries, each once; `digest` is of the body, so that one under another id is the same.
deliveries = _table(
    "deliveries",
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("digest", sa.String, nullable=False, index=True),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("received_at", Utc, nullable=False, index=True),
    sa.Column("ignored", sa.String, nullable=False),
)

#: What became of a Message without its words changing; `taken_at` is null until its Cases know.
turns = _table(
    "turns",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("message", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("taken_at", Utc),
    sa.Index("turns_of_message", "source", "message"),
)

#: How far each Source is read, by what is read there (its Issues, comments, …). Nothing before `began_at` opens a Case.
readings = _table(
    "readings",
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("since", Utc),
    sa.Column("page", sa.Integer, nullable=False),
    sa.Column("etag", sa.String, nullable=False),
    sa.Column("began_at", Utc, nullable=False),
    sa.Column("read_at", Utc),
    sa.Column("trouble", sa.Text, nullable=False, server_default=""),
)

#: Places that our keys see, watched or not, as of the last look (S14).
places = _table(
    "places",
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("seen_at", Utc, nullable=False),
)

#: What a Message said before it was edited or delivered again with other content.
earlier_texts = _table(
    "earlier_texts",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("message", sa.ForeignKey("messages.seq"), nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("replaced_at", Utc, nullable=False),
)

contacts = _table(
    "contacts",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("first_seen_at", Utc, nullable=False),
    sa.UniqueConstraint("source", "name", name="one_contact_a_name"),
)

#: `open_revision` is what a Verdict consumes by compare-and-set: null when nothing waits. `removed` says why its
#: words are gone; a new revision has words again.
cases = _table(
    "cases",
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("project", sa.String, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("owner", sa.String),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("last_message_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("open_revision", sa.Integer),
    sa.Column("because", sa.String, nullable=False, server_default=""),
    sa.Column("first_due_at", Utc, nullable=False),
    sa.Column("update_due_at", Utc),
    sa.Column("first_response_at", Utc),
    sa.Column("snoozed_until", Utc),
    sa.Column("dropped_reason", sa.String, nullable=False, server_default=""),
    sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("priority", sa.String),
    sa.Column("corrected", sa.JSON, nullable=False),
    sa.Column("trouble", sa.Text, nullable=False, server_default=""),
    sa.Column("withdrawn_by", sa.String, nullable=False, server_default=""),
    sa.Column("removed", sa.String, nullable=False, server_default=""),
)

#: A Message may hold two problems, a Case many Messages.
case_messages = _table(
    "case_messages",
    sa.Column("case", sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("message", sa.ForeignKey("messages.seq"), primary_key=True, index=True),
)

#: `content` is the hash of what is embedded, `generation` grows with every change.
issues = _table(
    "issues",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("project", sa.String, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("closed_at", Utc),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("labels", sa.JSON, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("comments", sa.Integer, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("visibility", sa.String, nullable=False),
    sa.Column("duplicate_of", sa.String),
    sa.Column("fixed_in", sa.String),
    sa.Column("extra", sa.JSON, nullable=False),
    sa.Column("content", sa.String, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False, index=True),
    sa.Index("issues_by_project", "project", "created_at"),
)

#: How far each repository is read: the cursor of its Issues, of the count against the source, of its releases.
syncs = _table(
    "syncs",
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("since", Utc),
    sa.Column("page", sa.Integer, nullable=False),
    sa.Column("etag", sa.String, nullable=False),
    sa.Column("read_at", Utc),
    sa.Column("counted_at", Utc),
    sa.Column("counted_to", sa.String),
    sa.Column("releases_etag", sa.String, nullable=False),
)

#: The Issues that a count under way has met, until it has met them all.
sync_seen = _table(
    "sync_seen",
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("issue", sa.String, primary_key=True),
)

#: Releases whose commits are compared with what closed Issues, a page at a time.
sync_releases = _table(
    "sync_releases",
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("tag", sa.String, primary_key=True),
    sa.Column("page", sa.Integer, nullable=False),
    sa.Column("is_read", sa.Boolean, nullable=False),
)

#: Comments that the local tracker keeps on its Issues; `key` is the Action's.
notes = _table(
    "notes",
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("issue", sa.String, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

#: Who reported which Issue (T14, T24); cannot be recovered later.
reporters = _table(
    "reporters",
    sa.Column("issue", sa.String, primary_key=True),
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("author", sa.String, primary_key=True),
    sa.Column("case", sa.ForeignKey("cases.number"), nullable=False),
    sa.Column("at", Utc, nullable=False),
)

#: Derived once per text and embedder; the vector index is built from these.
vectors = _table(
    "vectors",
    sa.Column("embedder", sa.String, primary_key=True),
    sa.Column("content", sa.String, primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)

#: What a step of the journey found, for the steps after it. Pruned when the revision is done.
findings = _table(
    "findings",
    sa.Column("case", sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("step", sa.String, primary_key=True),
    sa.Column("found", sa.Text, nullable=False),
)

#: Immutable. The columns beside `payload` are for reports and must never be its only home.
proposals = _table(
    "proposals",
    sa.Column("case", sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("type", sa.String, nullable=False),
    sa.Column("priority", sa.String, nullable=False),
    sa.Column("engine", sa.String, nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("prompt", sa.String, nullable=False),
    sa.Column("embedder", sa.String, nullable=False),
    sa.Column("policy", sa.String, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
)

#: What candidate prompt sets said beside a Proposal; shown to nobody, compared with what people decided.
shadows = _table(
    "shadows",
    sa.Column("case", sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("prompts", sa.String, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
)

#: When a person first had a revision on a screen: approvals in under five seconds are counted.
shown = _table(
    "shown",
    sa.Column("case", sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("person", sa.String, primary_key=True),
    sa.Column("at", Utc, nullable=False),
)

#: One Verdict a revision: the primary key is the second lock behind the compare-and-set.
verdicts = _table(
    "verdicts",
    sa.Column("case", sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("person", sa.String, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("undone_at", Utc),
)

#: Actions and Notices; `case` is null for a Notice of no Case. `claimed_by` owns the call that is under way;
#: `took` is how many seconds a sent Action took from its approval.
outbox = _table(
    "outbox",
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("case", sa.ForeignKey("cases.number")),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("is_notice", sa.Boolean, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("claimed_by", sa.String),
    sa.Column("claimed_at", Utc),
    sa.Column("looked_at", Utc),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("trouble", sa.Text, nullable=False, server_default=""),
    sa.Column("receipt", sa.Text),
    sa.Column("took", sa.Float),
    sa.Index("outbox_by_case", "case", "revision", "position"),
    sa.Index("outbox_due", "state", "due_at"),
)

#: The history of each Case, and of what has none (`case` null): pauses, syncs.
events = _table(
    "events",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("case", sa.ForeignKey("cases.number"), index=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

#: Each call of a model, also one that failed; `case` and `source` are "" outside of a Case.
calls = _table(
    "calls",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("case", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("prompt", sa.String, nullable=False),
    sa.Column("prompt_hash", sa.String, nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("input", sa.Integer, nullable=False),
    sa.Column("output", sa.Integer, nullable=False),
    sa.Column("cache_write", sa.Integer, nullable=False),
    sa.Column("cache_read", sa.Integer, nullable=False),
    sa.Column("microdollars", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
)

#: How places call the people who write there, by their ids; "" for an id that nobody has.
people = _table(
    "people",
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("asked_at", Utc, nullable=False),
)

#: Where Cases are drawn, and up to which event that is true: a card's `place` is its Receipt's id, a home's the
#: person's (`case` null). `digest` is of what stands there, so that nothing is drawn twice alike; what
#: did not answer rests, whichever process asked.
surfaces = _table(
    "surfaces",
    sa.Column("surface", sa.String, primary_key=True),
    sa.Column("place", sa.String, primary_key=True),
    sa.Column("case", sa.ForeignKey("cases.number"), index=True),
    sa.Column("drawn_event", sa.Integer, nullable=False, server_default="0"),
    sa.Column("drawn_digest", sa.String, nullable=False, server_default=""),
    sa.Column("drawn_at", Utc),
    sa.Column("trouble", sa.Text, nullable=False, server_default=""),
    sa.Column("rests_until", Utc),
)

#: `queue/local.py` works these; they live here so that a job commits with what it is about.
jobs = _table(
    "jobs",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("owner", sa.String),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", Utc),
    sa.Column("trouble", sa.Text, nullable=False, server_default=""),
    sa.Index("jobs_by_key", "key", "seq"),
)
