"""Amounts in a text: numbers with what they count in, however both are written. `30 seconds` is not `30 minutes`.

Which sentence holds one and whether a source says it is `pieces`'s and `claims`'s.
"""

import re
from collections.abc import Iterator, Mapping

#: What a number is counted in, by one name each, in the languages that promises are told in.
_UNITS: Mapping[str, str] = {
    "ms": r"ms|milliseconds?|millisekunden?|milisegundos?|millisecondes?",
    "s": r"s|secs?|seconds?|sekunden?|segundos?|secondes?",
    "min": r"min|mins|minutes?|minuten?|minutos?",
    "h": r"h|hrs?|hours?|stunden?|horas?|heures?",
    "d": r"days?|tage?n?|días?|dias?|jours?",
    "w": r"weeks?|wochen?|semanas?|semaines?",
    "mo": r"months?|monate?n?|mes(?:es)?|mês|mois",
    "y": r"years?|jahre?n?|años?|anos?|ans|années?",
    "%": r"%|percent|prozent|por\sciento|por\scento|pour\scent",
    "kB": r"kb|kib|kilobytes?",
    "MB": r"mb|mib|megabytes?",
    "GB": r"gb|gib|gigabytes?",
    "TB": r"tb|tib|terabytes?",
    "USD": r"usd|dollars?|dólares",
    "EUR": r"eur|euros?|€",
}
UNIT = rf"(?:{'|'.join(_UNITS.values())})(?!\w)"
_UNIT = re.compile(
    "|".join(f"(?P<u{at}>{each})(?!\\w)" for at, each in enumerate(_UNITS.values())), re.IGNORECASE
)
_NAMES = tuple(_UNITS)
OTHER = "things"  #: what `3 workers` counts in
_THINGS = re.compile(r"[a-z]{2,30}s(?!\w)")

#: Words that mean something else in English (once, sept, cent) are left out: they would vouch for numbers.
_SPELLED_OUT: Mapping[str, str] = {
    "2": "two zwei dos deux dois duas",
    "3": "three drei tres trois três",
    "4": "four vier cuatro quatre quatro",
    "5": "five fünf cinco cinq",
    "6": "six sechs seis",
    "7": "seven sieben siete sete",
    "8": "eight acht ocho huit oito",
    "9": "nine neun nueve neuf nove",
    "10": "ten zehn diez dix dez",
    "11": "eleven elf onze",
    "12": "twelve zwölf doce douze doze dozen",
    "13": "thirteen dreizehn",
    "14": "fourteen vierzehn",
    "15": "fifteen fünfzehn quinze",
    "16": "sixteen sechzehn",
    "17": "seventeen siebzehn",
    "18": "eighteen achtzehn",
    "19": "nineteen neunzehn",
    "20": "twenty zwanzig veinte vingt vinte",
    "30": "thirty dreißig treinta trente trinta",
    "40": "forty vierzig cuarenta quarante",
    "50": "fifty fünfzig cincuenta cinquante cinquenta",
    "60": "sixty sechzig sesenta soixante sessenta",
    "70": "seventy siebzig",
    "80": "eighty achtzig",
    "90": "ninety neunzig",
    "100": "hundred hundert cien cem",
    "1000": "thousand tausend mille",
    "1000000": "million",
}
#: The number that a word says. "One" is an article too, so that it only ever stands in a source.
VALUES: Mapping[str, str] = {
    word: value for value, words in _SPELLED_OUT.items() for word in words.split()
} | {"one": "1"}
WORDS = "|".join(sorted((word for word in VALUES if word != "one"), key=len, reverse=True))
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
SPELLED = rf"(?:(?:{_TENS})-(?:one|two|three|four|five|six|seven|eight|nine)|{WORDS})"
#: Of how many, where nobody counted; a share is one too.
VAGUE = (
    r"(?:dozens|hundreds|thousands|millions|dutzende|hunderte|tausende|docenas|cientos|miles|dizaines|centaines|milliers|dezenas|centenas|milhares)"
    r"\s(?:of|von|de)|(?:a\s)?(?:third|quarter|half)\sof|half\san?(?=\s\w)|most\s(?:of\s(?:our|the)\s)?(?:customers|users|installations|people)"
)
_DIGITS = r"\d{1,18}(?:[.,]\d{1,18}){0,6}"
#: A number and its unit, as one piece of a sentence.
AMOUNT = rf"(?:(?<![\w.#-])(?:{_DIGITS})[\s-]?|(?<!\w){SPELLED}[\s-]){UNIT}"
_AMOUNT = re.compile(rf"(?P<value>{_DIGITS}|(?<!\w){SPELLED}(?!\w))", re.IGNORECASE)
_SPELLED = re.compile(rf"(?<!\w)(?:{SPELLED}|one)(?!\w)", re.IGNORECASE)


def spelled(text: str) -> Iterator[str]:
    """Yield the value of every number that a text spells out."""
    for match in _SPELLED.finditer(text):
        yield value_of(match[0])


def value_of(word: str) -> str:
    """Return the number that a word says; the word itself where it says none."""
    tens, _, ones = word.casefold().partition("-")
    if ones and tens in VALUES and ones in VALUES:
        return str(int(VALUES[tens]) + int(VALUES[ones]))
    return VALUES.get(tens, word)


def amounts(text: str) -> Iterator[tuple[str, str]]:
    """Yield every number of a text as it is written, or its value, and what it counts in; "" where that is not said."""
    for match in _AMOUNT.finditer(text):
        at = match.end()
        at += 1 if text[at : at + 1] in (" ", "-", "\u00a0", "\n") else 0
        unit = _UNIT.match(text, at)
        counted = OTHER if _THINGS.match(text, at) else ""
        yield value_of(match["value"]), _NAMES[int(str(unit.lastgroup)[1:])] if unit else counted
