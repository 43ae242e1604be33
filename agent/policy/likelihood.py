"""Probabilities in words and whole percent. Where they come from is not known here."""

#: The words are the IPCC's (Guidance note on the treatment of uncertainties, 2010), in percent.
_WORDS = ((90, "very likely"), (66, "likely"), (34, "unsure"), (10, "unlikely"))


def whole_percent(probability: float) -> int:
    """Return 0 to 99, rounded down, so that a number never claims a band it has not reached."""
    return min(99, int(probability * 100 + 1e-9))


def likelihood(probability: float) -> str:
    """Return the word for a probability: `very likely`, …, `very unlikely`."""
    whole = whole_percent(probability)
    return next((word for least, word in _WORDS if whole >= least), "very unlikely")


def percent(probability: float) -> str:
    """Return `91%`."""
    return f"{whole_percent(probability)}%"
