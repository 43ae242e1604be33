"""What needs no Case: our own words, bots, thanks, noise.

A drop is visible and can be undone, but a problem that is dropped waits unseen; so what is not
wholly one of these is kept.
"""

import re
import unicodedata
from collections.abc import Sequence

from agent.domain.messages import Message
from agent.policy.globs import matches

_SHORTCODE = re.compile(r"(?<![\w:]):[a-z0-9_+'-]{1,40}:(?![\w:])", re.IGNORECASE)
_MENTION = re.compile(r"<[@!#][^>\s]{1,80}>|(?<![\w.])@[\w-]{1,40}")
_SUBJECT_PREFIX = re.compile(r"^\s*(?:(?:re|aw|antw|sv|rv|fwd?|wg)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE)
_ANSWERED = re.compile(
    r"^[ \t]*(?:On|Am|Le|El|Il|Op) [^\n]{3,200}(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)"
    r"[^\n:]{0,80}:\s*$[\s\S]*",
    re.IGNORECASE | re.MULTILINE,
)
_WORD = re.compile(r"[\w']+")


def _lexicon(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(line.split()) for line in text.strip().splitlines())


#: A message of these words alone, with one that says it, is thanks.
_SAYS_THANKS = _lexicon("""
    thanks thank thx thanx ty tysm cheers merci danke dankeschön dankeschoen gracias grazie obrigado
    obrigada tack takk tak bedankt dank спасибо дякую dzięki dziękuję děkuji köszönöm mulțumesc kiitos
    ευχαριστώ teşekkürler ありがとう ありがとうございます 谢谢 謝謝 감사합니다 شكرا תודה धन्यवाद
""")
_SAYS_DONE = _lexicon("""
    works worked working fixed solved resolved sorted ok okay okey perfect great awesome funktioniert
    klappt läuft marche funciona
""")
#: Which of them, and which phrases, say more than that somebody is content.
_CONFIRMS = _lexicon(
    "works worked working fixed solved resolved sorted funktioniert klappt läuft marche funciona"
)
_TRICKS = ("did the trick", "that was it", "it helped", "that helped", "hat geholfen")
#: Words that a problem can hardly be told in; "again", "not", "still", "only" and "but" stay out.
_GOES_WITH_THANKS = _lexicon("""
    you u so very much many all guys folks everyone team that this it it's its is now fine well perfectly
    nice cool super amazing brilliant excellent good wonderful lovely job solution did the trick helped
    helps yes yep yeah oh ah wow got i we for me your help a lot ton million bunch quick reply answer
    response support and
    vielen herzlichen besten schönen sehr schön für die hilfe antwort schnelle jetzt geht alles gut top
    prima perfekt hat geholfen das es
    beaucoup bien pour votre ton aide réponse ça c'est maintenant parfait génial
    muchas mucho por la ayuda ya perfecto mille tante molte per l'aiuto muito pela ajuda
    så mycket hjälpen tusen mange heel erg большое за помощь wielkie bardzo za pomoc
""")
_ASKS = _lexicon("is are was did does do got")
_SETTLED = "that was it"  #: alone "was" tells of trouble as often: "it was working"
_THANKS_AGAIN = re.compile(r"\b(thanks|thank you|danke|merci|gracias) (?:again|nochmals?|encore|otra vez)\b")
_ME_TOO = _phrases("""
    same
    same here
    same for me
    same problem
    same problem here
    same issue
    same issue here
    +1
    me too
    metoo
    us too
    ditto
    this
    ^
    ^^
    seconded
    i have the same problem
    i have the same issue
    having the same problem
    having the same issue
    ich auch
    bei mir auch
    gleiches problem
    dasselbe problem
    dito
    moi aussi
    idem
    même problème
    pareil
    yo también
    yo tambien
    a mí también
    lo mismo
    anch'io
    anche io
    eu também
    jag också
    ik ook
    я тоже
    ja też
""")
_NEWSLETTER = _phrases("""
    list-unsubscribe
    unsubscribe from this list
    to unsubscribe
    unsubscribe here
    click here to unsubscribe
    view this email in your browser
    view in browser
    view online
    you are receiving this email because
    you're receiving this email because
    you received this email because
    manage your preferences
    update your preferences
    email preferences
    manage subscriptions
    all rights reserved
    newsletter abbestellen
    vom newsletter abmelden
    im browser ansehen
    se désabonner
    se désinscrire
    darse de baja
""")
_AUTOMATIC = re.compile(
    r"^\s*(?:automatic reply|auto(?:matic)?[- ]?reply|autoreply|out of (?:the )?office|abwesenheitsnotiz"
    r"|automatische antwort|réponse automatique|respuesta automática)\b",
    re.IGNORECASE,
)
_PROBLEM = re.compile(
    r"\b(?:error|crash\w*|fail\w*|broken|bug|exception|traceback|panic|stuck|hangs?|freez\w+|cannot|can't"
    r"|doesn't|does not|not work\w*|won't|unable|wrong|missing|fehler|kaputt|funktioniert nicht|erreur|plante"
    r"|marche pas)\b",
    re.IGNORECASE,
)


def screen(message: Message, own_accounts: Sequence[str], bots: Sequence[str]) -> str:
    """Return why the Message opens no Case, in words; "" keeps it. Accounts and bots are globs."""
    if matches(message.author, own_accounts):
        return f"written by our own account {message.author}"
    if matches(message.author, bots):
        return f"written by a bot, {message.author}"
    if not _visible(message.words):
        return "empty"
    said = _said(message)
    words = _words(said)
    if " ".join(words) in _ME_TOO or _visible(said).casefold() in _ME_TOO:
        return "“me too” and nothing else"
    if not words:
        return "only emoji or punctuation"
    if _is_thanks(words) and "?" not in said:
        return "thanks and nothing else"
    return _from_a_machine(message)


def says_it_works(message: Message) -> bool:
    """Tell whether somebody confirms that it works now, and says nothing else."""
    said = _said(message)
    words = _words(said)
    confirms = any(word in _CONFIRMS for word in words) or any(each in " ".join(words) for each in _TRICKS)
    return confirms and "?" not in said and _is_thanks(words)


def _said(message: Message) -> str:
    """Return the new words: without a reply's subject and the quoted mail below them."""
    text = _ANSWERED.sub("", message.text)
    is_reply = bool(_SUBJECT_PREFIX.match(message.title)) or not message.title.strip()
    if is_reply and _visible(text):
        return text
    return f"{message.title}\n{text}"


def _visible(text: str) -> str:
    """Return the text without white space and without characters that show nothing."""
    hidden = (char for char in set(text) if unicodedata.category(char)[0] in "ZC")
    return text.translate(dict.fromkeys(map(ord, hidden)))


def _words(said: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", _MENTION.sub(" ", _SHORTCODE.sub(" ", said)))
    straight = plain.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return _WORD.findall(_THANKS_AGAIN.sub(r"\1", straight))


def _is_thanks(said: Sequence[str]) -> bool:
    words = " ".join(said).replace(_SETTLED, "").split() or ["solved"]
    says_it = any(word in _SAYS_THANKS for word in words)
    is_done = words[0] not in _ASKS and (words[0] in _SAYS_DONE or words[-1] in _SAYS_DONE | {"now", "jetzt"})
    allowed = _SAYS_THANKS | _GOES_WITH_THANKS | _SAYS_DONE
    return (says_it or is_done) and allowed.issuperset(words)


def _from_a_machine(message: Message) -> str:
    """Say which kind of mass mail it is; only mail, and never with a word of trouble in it."""
    if not message.source.startswith("mail:") or _PROBLEM.search(message.words):
        return ""
    if _AUTOMATIC.match(message.title):
        return "an automatic reply"
    lowered = message.text.casefold()
    says = sum(phrase in lowered for phrase in _NEWSLETTER)
    return "a newsletter" if says >= 2 and not _SUBJECT_PREFIX.match(message.title) else ""
