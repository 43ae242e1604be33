"""Counts how rare each token of technical English is: trackers, titles and chats together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import numpy as np

from agent import lexicon
from evals.fitting.rows import read

REPORTED_FROM = "2014-05"
BUCKETS = 1 << 15
DOCUMENT_CHARACTERS = 2_000
OPENING = 3  #: messages of a conversation that are counted


def train_rarity(data: Path) -> Iterator[str]:
    """Write the table that the lexicon reads; yield a line for the card."""
    documents = list(_documents(data))
    counts = np.zeros(BUCKETS)
    for document in documents:
        tokens = lexicon.tokens(document[:DOCUMENT_CHARACTERS])
        counts[list({crc32(token.encode()) % BUCKETS for token in tokens})] += 1
    idf = np.log((len(documents) + 1) / (counts + 1))
    table = np.round(idf * lexicon.STEPS).clip(0, 255).astype(np.uint8)
    np.savez_compressed(lexicon.RARITY, idf=table)
    lexicon.rarity.cache_clear()
    lexicon._table.cache_clear()
    yield f"| rarity: documents | {len(documents)} |"


def _documents(data: Path) -> Iterator[str]:
    for row in read(data / "type" / "nlbse24.train.jsonl"):
        yield f"{row['title']}\n{row['text']}"
    for row in read(data / "issues" / "rust.jsonl")[::3]:
        if row["created_at"] < REPORTED_FROM:  # later ones are what figures are reported on
            yield f"{row['title']}\n{row.get('body') or ''}"
    for row in read(data / "priority" / "github-titles.dev.jsonl"):
        yield row["title"]
    for talk in read(data / "chats" / "conversations.dev.jsonl"):
        yield from (message["text"] for message in talk["messages"][:OPENING])
