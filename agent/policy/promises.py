"""Promises and estimates in a draft that no person made: found and taken out, sentence by sentence (A12, A14).

When something is fixed, and how long it takes, is a person's to say. That a reply will be written, or that
nothing can be promised, is no promise. Languages: English, German, Spanish, French and Portuguese; in
others a date or a number without a source is still flagged by `claims`.
"""

import re
from collections.abc import Sequence

from agent.domain.actions import Removal
from agent.policy.sentences import Sentence, sentences

PROMISE, ESTIMATE = "promise", "estimate"

_NUMBER = (
    r"(?:\d{1,4}(?:[-–]\d{1,4})?|an?|one|two|three|four|five|six|seven|eight|ten|twelve|a\s(?:few|couple\sof)|some|several|the\snext"
    r"|eine?[mnrs]?|zwei|drei|vier|fünf|sechs|zehn|wenigen?|einigen?|paar|una?|dos|tres|cuatro|cinco|unas?|unos|pocas?|pocos"
    r"|une?|deux|trois|quatre|cinq|quelques|um|uma|dois|duas|três|alguns|algumas|poucos|poucas)"
)
_UNIT = (
    r"(?:(?:business|working|work)[\s-])?(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|sprints?|quarters?|years?"
    r"|Minuten?|Stunden?|(?:Werk|Arbeits)?[Tt]age?n?|Wochen?|Monate?n?|minutos?|horas?|días?|dias?|semanas?|mes(?:es)?|mês"
    r"|heures?|jours?|semaines?|mois|[hd])\b"
)
_SPAN = rf"{_NUMBER}\s{{0,3}}(?:to\s{_NUMBER}\s)?(?:more\s|weitere[nr]?\s)?{_UNIT}"
_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lunes|martes|miércoles|jueves"
    r"|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?"
    r"|(?:january|february|march|april|june|july|august|september|october|november|december)"
    r"|(?:januar|februar|märz|mai|juni|juli|oktober|dezember)|the\s\d{1,2}(?:st|nd|rd|th)|\d{4}-\d\d-\d\d|\d{1,2}\.\s?\d{1,2}\."
)
#: When: a span, a day, or a thing that comes.
_WHEN = re.compile(
    rf"""(?<!\w)(?:
        (?:within|in|inside|under|innerhalb(?:\svon)?|binnen|en|dentro\sde|dans|sous|d['’]ici|em|daqui\sa|antes\sde)\s(?:about\s|around\s|etwa\s|ca\.\s|environ\s|unos\s|cerca\sde\s)?{_SPAN}
      | {_SPAN}\s(?:from\snow|at\s(?:most|the\slatest))
      | (?:by|on|for|before|until|till|no\slater\sthan|bis|am|vor|el|para\sel|antes\sdel|le|avant|d['’]ici|na|no|até)\s(?:the\s|end\sof\s|(?:coming|this|next|nächsten|kommenden|próximo|prochain)\s)?(?:{_DAY})
      | (?:by|at|before|until)\s(?:the\s)?end\sof\s(?:the\s|this\s|next\s)?(?:day|week|month|quarter|year|sprint) | by\s(?:close\sof\sbusiness|cob|eod|eow|tonight|then)
      | bis\s(?:ende|zum|morgen|heute) | bis\s\d | am\s(?:nächsten\stag)
      | tomorrow | today | tonight | this\s(?:afternoon|evening|week|month|quarter|sprint|cycle)
      | (?:the\s)?(?:next|coming|upcoming|following)\s(?:minor\s|major\s|patch\s|bugfix\s|scheduled\s|weekly\s|few\s)?(?:days?|weeks?|months?|quarter|sprint|cycle|release|version|update|patch|build)
      | in\s(?:version\s|release\s)?v?\d{{1,4}}\.\d{{1,4}}[\w.]{{0,20}} | in\sq[1-4] | in\s(?:an?\s)?(?:upcoming|coming)\s\w+
      | (?:very\s)?soon(?!\sas) | shortly | any\s(?:day|minute|moment)\snow | asap | as\ssoon\sas\spossible | right\saway | immediately
      | morgen | heute | demnächst | in\skürze | bald | schnellstmöglich
      | (?:de[rmn]|die|im|zum|mit\sde[rm])?\s?(?:nächste|kommende)[nrsm]?\s(?:woche|monat|tage?n?|quartal|sprint|release|version|ausgabe|update|patch)
      | mañana | hoy | pronto | en\sbreve | cuanto\santes | (?:la\s|el\s|en\sla\s|en\sel\s)?(?:próxim[oa]|siguiente)\s(?:semana|mes|versión|lanzamiento|actualización|release) | la\ssemana\sque\sviene
      | demain | aujourd['’]hui | bientôt | prochainement | sous\speu | (?:la\s|le\s|dans\sla\s)?(?:semaine|mois|version)\s(?:prochaine?|suivante?) | (?:la\s|le\s|dans\sla\s)?prochaine?\s(?:semaine|mois|version|mise\sà\sjour|release)
      | amanhã | hoje | em\sbreve | (?:a\s|o\s|na\s|no\s)?próxim[oa]\s(?:semana|mês|versão|lançamento|atualização|release) | semana\sque\svem
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
#: That something is to come.
_COMING = re.compile(
    r"(?<!\w)(?:will|shall|won['’]t|(?:we|it|they|that|this|i)['’]ll|(?:is|are|am|['’]re|['’]s|['’]m)\s(?:going\sto|about\sto|planning\sto|aiming\sto|set\sto|scheduled|due|planned|expected|slated|targeted|coming|working)"
    r"|(?:plan|intend|aim|expect|hope|promise|guarantee|commit|ensure|schedule)(?:s|ed)?\s(?:to|that|on|a\s|the\s|you)|should\s(?:be|have|land|ship|arrive|take|come|get)|expect(?:ed)?|planned|scheduled|targeted|eta|comes?|lands?|ships?|gets?\sback|hears?\sback"
    r"|wir\s\w{2,20}n|wird|werden|werde|soll(?:te|en)?|planen|erwarten|versprechen|kommt|erscheint"
    r"|será|serán|estará|estarán|va\sa|vamos\sa|van\sa|planeamos|esperamos|prometemos|\w{3,20}(?:remos|rán)|debería"
    r"|sera|seront|allons|vont|va|prévoyons|promettons|\w{3,20}rons|devrait"
    r"|estará|estarão|serão|vamos|vai|vão|planejamos|\w{3,20}(?:rão)|deve(?:rá|ria)?)(?!\w)",
    re.IGNORECASE,
)
_WORK = (
    r"fix(?:ed|es)?|resolve[ds]?|solved?|repair(?:ed)?|patch(?:ed)?|ship(?:ped)?|release[ds]?|land(?:ed)?|implement(?:ed)?|add(?:ed)?|deliver(?:ed)?"
    r"|support(?:ed)?|backport(?:ed)?|include[ds]?|built?|introduce[ds]?|roll(?:ed)?\s(?:it\s)?out|refund(?:ed)?|compensate[ds]?|prioriti[sz]e[ds]?|merge[ds]?|available|gone"
)
#: Who it comes from: us, or our work. What the product does by itself is no promise of ours.
_OURS = re.compile(
    r"(?<!\w)(?:we|i|our|us|you|team|engineers?|engineering|developers?|somebody|someone|colleagues?|person|fix(?:es|ed)?|patch|hotfix|release[ds]?|update|bug|issue"
    r"|problem|feature|support|solution|refund|eta|it|this|that|they|wir|ich|uns|fehler|lösung|das|es|korrektur|behebung|nosotros|lo|esto|solución|arreglo|corrección"
    r"|equipo|\w{3,20}(?:remos|rons)|vamos|nous|correction|correctif|cela|ce|équipe|nós|isso|isto|correção|solução|equipe)(?!\w)",
    re.IGNORECASE,
)
#: A commitment needs no date: that we do it is the promise.
_COMMITMENT = re.compile(
    rf"(?<!\w)(?:(?:we|i|they|our\steam|the\steam|our\sengineers|engineering|an\sengineer|the\sdevelopers)(?:['’]ll|\s(?:will|shall|are\sgoing\sto|plans?\sto|intends?\sto|promises?\sto|guarantees?\s(?:to|that)|commits?\sto))\s(?:\w{{1,12}}\s){{0,3}}?(?:{_WORK})(?!\w)"
    rf"|(?:it|this|that|the\s\w{{1,20}}|a\s\w{{1,20}}|your\s\w{{1,20}})(?:['’]ll|\s(?:will|shall|is\sgoing\sto))\s(?:\w{{1,12}}\s){{0,2}}?be\s(?:\w{{1,12}}\s)?(?:{_WORK})(?!\w)"
    r"|(?:wir|das\steam|ich)\s(?:werden?|beheben|lösen|implementieren|bauen)\s[^.!?]{0,60}(?:beheben|lösen|reparieren|ausliefern|veröffentlichen|umsetzen|einbauen|implementieren|erstatten)"
    r"|(?:wird|werden)\s[^.!?]{0,60}(?:behoben|gelöst|repariert|ausgeliefert|veröffentlicht|umgesetzt|eingebaut|implementiert|verfügbar|erstattet)(?:\ssein|\swerden)?"
    r"|(?:vamos\sa|lo|la|va\sa)\s(?:corregir|arreglar|solucionar|resolver|publicar|implementar|añadir|reembolsar)\w*|(?:corregiremos|arreglaremos|solucionaremos|resolveremos|publicaremos|implementaremos|añadiremos|reembolsaremos)"
    r"|(?:será|estará)\s(?:corregid[oa]|arreglad[oa]|solucionad[oa]|resuelt[oa]|disponible|implementad[oa]|resolvid[oa]|corrigid[oa]|disponível)"
    r"|(?:nous\s)?(?:allons|va)\s(?:corriger|résoudre|réparer|publier|implémenter|ajouter|rembourser)|(?:corrigerons|résoudrons|réparerons|publierons|implémenterons|ajouterons|rembourserons)|sera\s(?:corrigée?|résolue?|réparée?|disponible|publiée?|ajoutée?)"
    r"|(?:vamos|vai)\s(?:corrigir|consertar|resolver|publicar|implementar|adicionar|reembolsar)|(?:corrigiremos|implementaremos|adicionaremos|lançaremos))",
    re.IGNORECASE,
)
#: That it is under way is one too, and who says so may be wrong: a record's own words are quoted, not said.
_UNDER_WAY = re.compile(
    rf"(?<!\w)(?:(?:fix|patch|hotfix|bugfix|solution|workaround|correction)\s(?:(?:is|are|['’]s)\s(?:now\s|already\s|currently\s)?(?:on\s(?:its|the)\sway|in\s(?:progress|review|the\sworks|development)|under\sway|underway|coming|being\s\w{{3,12}}|planned|scheduled)|(?:will\s)?follows?|goes\sout|gets\s\w{{3,12}})"
    rf"|(?:we|they|team|engineers?|developers?|somebody|someone)(?:\s(?:is|are)|['’](?:re|s))\s(?:already\s|currently\s|actively\s|now\s){{0,2}}working\son|(?:we|team)(?:['’]ve|\s(?:has|have))\s(?:already\s)?(?:started|begun)\s(?:work|fixing|to\s(?:work|fix))"
    rf"|(?:gets?|getting)\s(?:{_WORK})\s(?:in|by|with|soon)|(?:{_WORK}|done|ready|sorted|behoben|gelöst|fertig|resuelto|corrigé|résolu|corrigido)\s(?:by|before|until|bis|antes\sdel?|para\sel|avant|d['’]ici|até)\s(?:the\s)?(?:{_DAY}|end|tomorrow|tonight|morgen)"
    r"|bis\s(?:\w{4,12}tag|mittwoch|morgen)\s(?:behoben|gelöst|fertig)"
    r"|on\s(?:our|the)\sroadmap\sfor|(?:next|upcoming|coming)\s(?:release|version|update)\s(?:will\s)?(?:contains?|includes?|has|have|ships?|brings?|fix(?:es)?)|\d\.\d{1,3}\swill\s(?:contain|include|have|fix|bring|ship)"
    r"|you(?:['’]ll|\swill)\s(?:get|receive|have|see)\s(?:an?\s|your\s|the\s|a\sfull\s)?(?:refund|credit|compensation|fix|patch|it\s(?:fixed|resolved))"
    r"|(?:wir\s)?arbeiten\s(?:bereits\s|gerade\s|schon\s|derzeit\s)?(?:daran|an\s\w{2,6}\s\w{3,20})|liefern\s[^.!?]{0,40}(?:fix|korrektur|lösung)"
    r"|(?:estamos|está)\strabajando\sen|travaill(?:ons|e)\s(?:déjà\s)?(?:sur|à)|(?:estamos|está)\strabalhando\sn|sai\samanhã)(?!\w)",
    re.IGNORECASE,
)
#: How long it takes; a record's own "takes 5 minutes" is no estimate of ours, so work is asked for.
_TAKING = re.compile(
    rf"(?<!\w)(?:eta|estimated?|estimates?|geschätzt|schätzen|estimamos|estimación|estimons|estimation|estimativa)(?!\w)[^.!?]{{0,60}}?(?:{_SPAN}|{_DAY})"
    rf"|(?<!\w)(?:(?:fix|patch|solution|repair|implementation|work|change|lösung|behebung|solución|arreglo|correction|correção)(?!\w)[^.!?]{{0,40}}?(?:takes?|taking|need|require|will|would|should|could|might|may|dauert|braucht|tarda|tardará|prend|prendra|leva|levará)(?!\w)"
    rf"|(?:will|should|would|may|might|(?:it|this|that|we)['’]ll)\s(?:only\s|probably\s|likely\s)?(?:take|need|require))[^.!?]{{0,30}}?{_SPAN}"
    rf"|{_SPAN}\s(?:of\s(?:work|effort)|to\s(?:fix|repair|resolve|implement|ship|build)|arbeit|de\s(?:trabajo|travail|trabalho))",
    re.IGNORECASE,
)
#: What takes a promise back, or makes it none: a condition, a question, a thing not known.
_NOT_PROMISED = re.compile(
    r"(?<!\w)(?:(?:can(?:['’]t|not|\snot)|do\snot|don['’]t|could\snot|no|never|unable\sto|not\sable\sto|without)\s(?:\w{1,12}\s){0,2}?(?:promise|say|know|commit|guarantee|estimate|tell|date|timeline|eta)"
    r"|whether|if\sand\swhen|kein(?:e[nr]?)?\s(?:termin|zusage|datum|versprechen)|nicht\s(?:versprechen|zusagen|sagen)|no\spodemos\s(?:prometer|decir)|ne\spouvons\s(?:pas\s)?(?:promettre|dire)|não\spodemos\s(?:prometer|dizer))",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"(?<!\w)(?:but|however|though|other\sthan\sthat|except\sthat|aber|jedoch|pero|mais|mas|porém)(?!\w)|;",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"[*`~]|(?<!\w)_|_(?!\w)")
_ASKS = re.compile(r"[?？][\"'”’»)\]]{0,4}$")
#: What is done once it is fixed, not the fixing: "we will write here when it is fixed".
_ONCE = re.compile(
    r"(?<!\w)(?:when|once|as\ssoon\sas(?!\spossible)|until|after\sit|sobald|wenn|cuando|en\scuanto|una\svez|quand|dès\squ|lorsqu|une\sfois|quando|assim\sque)(?!\w)[^.!?;,]{0,200}",
    re.IGNORECASE,
)


def found(sentence: str) -> str:
    """Say what a sentence is: a promise, an estimate, or "" for neither."""
    if _ASKS.search(sentence):
        return ""
    said = _ONCE.sub(" ", _clauses(sentence))
    if _TAKING.search(said):
        return ESTIMATE
    if _COMMITMENT.search(said) or _UNDER_WAY.search(said):
        return PROMISE
    is_promised = all(part.search(said) for part in (_OURS, _COMING, _WHEN))
    return PROMISE if is_promised else ""


def _clauses(sentence: str) -> str:
    """Return a sentence without the clauses that take a promise back; "we cannot say when, but by Friday" keeps one."""
    clauses = _BUT.split(_EMPHASIS.sub("", sentence))
    return " ; ".join(each for each in clauses if not _NOT_PROMISED.search(each))


def without_promises(
    text: str, typed: Sequence[str] = (), translation: str = ""
) -> tuple[str, tuple[Removal, ...]]:
    """Return the text without promises and estimates, and each sentence that was one.

    `typed` are texts that a person of the team wrote: what stands there word for word stays. A translation
    of as many sentences tells also of a text in a language that is not known here.
    """
    kept = [_folded(each) for each in typed]
    removed: list[Removal] = []
    said = sentences(text)
    for sentence, other in zip(said, _beside(said, translation), strict=True):
        folded = _folded(sentence.text)
        if sentence.is_code or any(folded in each for each in kept):
            continue
        if what := found(sentence.text) or found(other):
            removed.append(Removal(kind=what, was=sentence.text, now=""))
            text = _without(text, sentence.text)
    return text, tuple(removed)


def _beside(said: Sequence[Sentence], translation: str) -> tuple[str, ...]:
    """Return the sentence of the translation for each one; "" where they cannot be told apart."""
    others = sentences(translation)
    return tuple(each.text for each in others) if len(others) == len(said) else ("",) * len(said)


def holds_one(text: str) -> bool:
    """Tell whether a sentence of the text is a promise or an estimate."""
    return any(found(each.text) for each in sentences(text) if not each.is_code)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _without(text: str, sentence: str) -> str:
    """Cut a sentence out with the white space that it leaves, and with its list's mark where it was alone."""
    before, _, after = text.partition(sentence)
    begins = before.rpartition("\n")[2]
    ends_line = not after.strip(" \t") or after.lstrip(" \t").startswith("\n")
    if _BARE_MARK.fullmatch(begins) and ends_line:
        before, after = before[: len(before) - len(begins)], after.lstrip(" \t").removeprefix("\n")
    elif ends_line:
        before = before.rstrip(" \t")
    else:
        after = after.lstrip(" \t")
    return _GAPS.sub("\n\n", before + after).strip()


_BARE_MARK = re.compile(r"\A[ \t]{0,40}(?:(?:[-*•+]|\d{1,3}[.)]|>)[ \t]{0,9})?")
_GAPS = re.compile(r"\n{3,}")
