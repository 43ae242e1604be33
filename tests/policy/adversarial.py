"""Texts that make careless patterns slow: one short piece, over and over."""

PIECES = (
    *"-._/\\aA1é=:@#>|*+,?!~%$^&([{<\"'`“«不 \n\t\u200b",
    "a@", "/a", "-_", "a-", "a.", "1.", "1 ", "1-", "a b ", "a, ", "a\n", " \n", "\r\n", "\n\n", "> ", "```\n",
    "| a ", "- ", "- [ ] ", "1. a\n", "a:", "://", "a://", "a::", "a->", "aA", "A1", "==", "(a", "{{", "**", "**a**",
    '" ', "it's ", "<@a", ":a:", "1.1.", "+1 ", "E1", "0x", "--a", "$ a ", "On a wrote", "re: ", "&gt;",
    "a a@a.a ", "/home/a ", "password=", "password is ", "authorization: ", "bearer a", "cookie: a=", "-----BEGIN PRIVATE KEY-----",
    "first ", "version 1.1 ", "not crash ", "if it crashes ", "lost the data ", "nordkai ", "[name] nordkai ", "result-",
)  # fmt: skip


def texts(characters: int) -> tuple[str, ...]:
    """Return a text of that length for each piece."""
    return tuple((piece * (characters // len(piece) + 1))[:characters] for piece in PIECES)
