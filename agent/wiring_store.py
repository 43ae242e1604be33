"""The part of the composition root that is about where state is kept: in one process, or in many.

SQLite has the local queue, FTS5 and a file of checkpoints; PostgreSQL has procrastinate, tsvectors and
checkpoints of its own.
"""

import uuid
from typing import TYPE_CHECKING

from agent.domain.jobs import Job, JobKind
from agent.errors import Misuse, Unavailable
from agent.ports import Embedder, Now, Queue
from agent.settings import Settings
from agent.store import cases, issues
from agent.store import messages as stored
from agent.store.database import Store
from agent.store.postgres import keywords

#: Seconds that a look at a server waits, for a person who waits too.
GLANCE = 10.0

if TYPE_CHECKING:
    from langgraph.checkpoint.postgres import PostgresSaver
    from langgraph.checkpoint.sqlite import SqliteSaver

    from agent.index.meaning import Shelf
    from agent.index.words import WordSearch


def words_of(store: Store) -> "WordSearch":
    """Pick the index of words that the store's database has."""
    from agent.index.words import Words
    from agent.index.words_postgres import PostgresWords

    return PostgresWords(store.db) if store.is_shared else Words(store.db)


def shelf_of(settings: Settings, embedder: Embedder, store: Store) -> "Shelf":
    """Pick where vectors are searched: in memory, unless Chroma is asked for or there are too many.

    Chroma in this process is for one process: raises Misuse where others share the store.
    """
    from agent.index.chroma import ChromaShelf, embedded_client, server_client
    from agent.index.exact import MOST, ExactShelf
    from agent.index.meaning import recipe

    if settings.chroma_url:
        return ChromaShelf(server_client(settings.chroma_url), recipe(embedder), embedder.dimensions)
    with store.read() as tx:
        count = issues.total(tx)
    if count > MOST and store.is_shared:
        raise Misuse(
            f"More than {MOST:,} Issues for several processes: run a Chroma server and set CHROMA_URL."
        )
    if count > MOST:
        return ChromaShelf(embedded_client(settings.home / "chroma"), recipe(embedder), embedder.dimensions)
    return ExactShelf(embedder.dimensions)


def vectors_gap(settings: Settings) -> str:
    """Say what is wrong with where vectors are searched; "" where nothing is."""
    if settings.chroma_url:
        from agent.index.chroma import server_client

        try:
            server_client(settings.chroma_url, GLANCE)
        except Unavailable as error:
            return str(error)
    return ""


def queue_of(store: Store, now: Now, haste: float = 1.0) -> Queue:
    """Pick the queue, and what is told where a job is given up; `haste` is of `Settings`."""

    def give_up(job: Job, error: Exception) -> None:
        """Say on the Case that its job was given up, and how to go on."""
        text = (
            f"{job.kind} failed: {error}. Nothing is lost; it is tried again by itself, or when you say so."
        )
        with store.write() as tx:
            if job.kind is JobKind.INTAKE:
                stored.in_trouble(tx, int(job.payload["message"]), text)
            elif job.kind is JobKind.TURN:
                cases.record(tx, None, now(), cases.STUCK, "triage", f"{job.key}: {text}")
            elif job.kind in (JobKind.SHOW, JobKind.SHADOW):
                pass  # the log has it; a line would be one more reason to draw, and nobody waits for a shadow
            elif not job.key:
                cases.record(tx, None, now(), cases.STUCK, "triage", text)
            else:
                number = cases.number_of(job.key)
                cases.change(tx, number, trouble=text)
                cases.record(tx, number, now(), cases.STUCK, "triage", text)

    if store.is_shared:
        from agent.queue.procrastinate import ProcrastinateQueue

        return ProcrastinateQueue(store.db, keywords(store.db), now, give_up, haste)
    from agent.queue.local import LocalQueue

    return LocalQueue(store.db, now, uuid.uuid4().hex, give_up)


def saver_of(settings: Settings, store: Store) -> "SqliteSaver | PostgresSaver":
    """Pick where the graph keeps its progress."""
    from agent.triage.checkpoints import open_saver, open_shared_saver

    if store.is_shared:
        return open_shared_saver(keywords(store.db), lambda: store.alone("checkpoints"))
    return open_saver(settings.home / "checkpoints.db")
