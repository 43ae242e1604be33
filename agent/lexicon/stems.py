"""What FTS5's tokenizer makes of a text, asked from empty tables in memory.

SQLite has no function for it, and a stemmer of our own would differ where it hurts least to see. Both
word indexes speak these terms: FTS5's own, and the one that PostgreSQL is given.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence

#: How the words of Issues are cut: as the migration that makes FTS5's table declares it.
TOKENIZER = "\"porter unicode61 tokenchars '_'\""
REMEMBERED = 50_000  #: stems kept in memory before starting over

#: Of each text in which column and where a term stands: (column, offset, term), in order.
Places = list[tuple[str, int, str]]


class Stems:
    """Terms of words and texts. Safe to share between threads."""

    def __init__(self, tokenizer: str = TOKENIZER) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute(f"CREATE VIRTUAL TABLE one USING fts5(word, tokenize={tokenizer})")
        self._db.execute("CREATE VIRTUAL TABLE tokens USING fts5vocab('one', 'instance')")
        self._db.execute(f"CREATE VIRTUAL TABLE two USING fts5(title, body, tokenize={tokenizer})")
        self._db.execute("CREATE VIRTUAL TABLE places USING fts5vocab('two', 'instance')")

    def of(self, words: Iterable[str]) -> dict[str, str]:
        """Return each word's term; a word that FTS5 splits has that of its first part."""
        with self._lock:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            wanted = list(words)
            self._learn([word for word in wanted if word not in self._known])
            return {word: self._known[word] for word in wanted}

    def places(self, texts: Sequence[tuple[str, str]]) -> list[Places]:
        """Return where each term stands in each text, a text being its title and its body."""
        found: list[Places] = [[] for _ in texts]
        rows = [(number, title, body) for number, (title, body) in enumerate(texts)]
        with self._lock:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO two(rowid, title, body) VALUES (?, ?, ?)", rows)
            for term, text, column, offset in self._db.execute("SELECT term, doc, col, offset FROM places"):
                found[text].append((column, offset, term))
            self._db.execute("ROLLBACK")
        return found

    def _learn(self, words: Sequence[str]) -> None:
        if not words:
            return
        self._known.update(dict.fromkeys(words, ""))
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO one(rowid, word) VALUES (?, ?)", enumerate(words))
        for term, document in self._db.execute("SELECT term, doc FROM tokens WHERE offset = 0"):
            self._known[words[document]] = term
        self._db.execute("ROLLBACK")
