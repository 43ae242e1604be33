"""Whatever in a sentence leads somewhere: addresses, targets of links, hosts that are told by how they are written.

Whether a reply may lead there is `claims`'s to say.
"""

import re

TOP = (
    r"com|org|net|edu|gov|io|dev|app|ai|co|me|info|biz|xyz|site|online|top|shop|link|click|cloud|tech|tk|ml|ga|cf|gg|ly|to|cc|tv|ws|su|ru|cn|uk|de|fr|es|it|nl|pl|se"
    r"|ch|at|be|eu|us|ca|br|in|jp|kr|au|example|test|invalid|page|support|help|zip|mov"
)
#: How the names of files end, which a host's does not.
FILE_END = (
    r"ya?ml|toml|json|jsonl|ini|conf|cfg|log|txt|db|sqlite|sql|sh|ps1|bat|exe|dll|so|tar|gz|tgz|zip|bak|xml|env|lock|csv|service|plist|properties|pem|key|crt|parquet"
    r"|py|js|ts|rs|go|java|rb|html|md"
)
_REST = r"[^\s<>`\"“”|]"
#: Where Markdown, HTML and Slack lead, whatever it looks like there: `[here](/evil)`, `[1]: evil`, `<sms:1>`.
_TARGET = re.compile(
    r"\]\(\s{0,9}<?(?P<it>[^\s<>()]{1,2000})"
    r"|^\s{0,3}\[[^\[\]\n]{1,200}\]:\s{0,9}<?(?P<low>[^\s<>]{1,2000})>?(?=\s{0,9}(?:[\"'(]|$))"
    r"|(?<![\w-])(?:href|src|srcset|action|formaction|poster|background)\s{0,9}=\s{0,9}[\"']?(?P<angle>[^\s\"'<>]{1,2000})"
    r"|<(?P<plain>[A-Za-z][A-Za-z0-9+.-]{1,31}:(?!:)[^\s<>|]{1,2000})[>|]",
    re.IGNORECASE,
)
#: A browser takes one slash, none, or the other ones as two.
URL = re.compile(
    rf"(?P<it>(?<![\w+.-])https?:[/\\]{{0,9}}{_REST}{{1,2000}}|(?<![\w+.-])[A-Za-z][A-Za-z0-9+.-]{{1,30}}:(?://|\\\\){_REST}{{1,2000}}|(?<![\w:/])//[\w-]{_REST}{{3,2000}}"
    rf"|(?<![\w+.-])(?:javascript|data|vbscript|mailto|tel|file|sms):{_REST}{{1,2000}}"
    rf"|(?<![\w@./-])www\.{_REST}{{2,2000}}|(?<![\w.+-])[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,6}})",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    rf"(?<![\w@./\\-])(?!ASP\.NET)(?P<it>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.){{1,5}}(?:{TOP}|{TOP.upper()})(?:[/?:#]{_REST}{{0,2000}})?)(?![\w-]|\.\w)"
)
#: A host with a path, one in another script, one with another dot than ours, and one whose dot was taken apart.
_HOST = re.compile(
    rf"(?P<it>(?<![\w@./\\-])(?:[\w-]{{1,63}}\.){{1,5}}(?!(?:{FILE_END}|d)/)[^\W\d_]{{2,24}}/{_REST}{{1,2000}}"
    rf"|(?<![\w.-])(?:[\w-]{{1,63}}\.){{0,5}}xn--[\w./-]{{1,200}}"
    rf"|(?<![\w@./\\-])(?=[\w.-]{{0,200}}[^\x00-\x7f])(?:[\w-]{{1,63}}\.){{1,5}}[^\W\d_]{{2,24}}(?!\w)"
    rf"|(?<![\w.])(?:[A-Za-z0-9-]{{1,63}}[。．｡]){{1,5}}(?:(?:{TOP})(?!\w)|[a-z]{{2,24}}/)[^\s<>]{{0,200}}"
    rf"|(?<!\w)[A-Za-z0-9-]{{1,63}}(?:\[\.\]|\(\.\)|\s?\[dot\]\s?|\s\(dot\)\s)[A-Za-z0-9-]{{2,63}}{_REST}{{0,200}})"
)
#: In the order in which they are looked for.
LEADS = (_TARGET, URL, _DOMAIN, _HOST)
