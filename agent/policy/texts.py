"""What of an Issue or a Message is embedded, and the hash that names it.

What lives here: pure functions of a title and a body. What does not: tokens, vectors, storage.
The store keeps the hash, the index embeds the text; both must mean the same words.
"""

import hashlib

OPENING = 120  #: characters of a first line that stand for a title
TELLING = 4  #: words; fewer are a greeting
LIMIT = 12_000  #: characters; an embedder reads a few hundred tokens and never gets that far


def embedded_text(title: str, body: str) -> str:
    """Join title and body as they are embedded: clean of NULs and lone surrogates, and cut."""
    return readable(f"{title[:LIMIT].strip()}\n{body[:LIMIT].strip()}".strip()[:LIMIT])


def readable(text: str) -> str:
    """Replace what neither UTF-8 nor a tokenizer can carry."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def content_hash(text: str) -> str:
    """Name a text by its content: 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def opening(text: str) -> str:
    """Return the first line that says something, for a message that has no title; "" if none does."""
    lines = (line.strip() for line in text[:LIMIT].splitlines())
    return next((line[:OPENING] for line in lines if len(line.split()) >= TELLING), "")
