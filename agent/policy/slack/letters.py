"""How Slack counts a text and what stands for its three signs of markup. What a text becomes is cards' and channels'."""


def size(text: str) -> int:
    """Return how long a text is in UTF-16 units, never fewer than the characters that anybody counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str) -> str:
    """Return a text whose `&`, `<` and `>` are letters to Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
