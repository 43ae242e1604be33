"""What is taken out before a text leaves, and what is left alone (A2, N4)."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.messages import Level, Visibility
from agent.policy.redaction import redact
from tests.policy.given import INTERNAL, PUBLIC

WORDS = ("acme", "Nord Kai")
HOSTS = ("*.corp.example", "build-7")
CUSTOMER = Visibility(Level.CUSTOMER, "acme")
A1 = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc/+=\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"

SECRETS = [
    ("AKIA" + "ABCDEFGH12345678", ""),
    ("ghp_" + A1[:36], ""),
    ("github_pat_" + A1, ""),
    ("glpat-" + A1[:20], ""),
    ("xox" + "b-123456789012-abcdefghijkl", ""),
    ("sk-" + "ant-api03-" + A1, ""),
    ("sk_" + "live_" + A1[:24], ""),
    ("AIza" + A1[:35], ""),
    ("npm_" + A1[:36], ""),
    (JWT, ""),
    (KEY, ""),
    ("What I ran:\n" + KEY.partition("\n")[2].replace("MIIEow", A1), A1),
    ("postgres://app:hunter2@db/x", "hunter2"),
    ("redis://:pa55w.rd@cache:6379", "pa55w.rd"),
    ("password=hunter2", "hunter2"),
    ("password=correcthorse", "correcthorse"),
    ("DB_PASSWORD: 'correct horse 9'", "correct horse 9"),
    ('{"password": "s3cr3t!"}', "s3cr3t!"),
    ("password: hunter2", "hunter2"),
    ("PGPASSWORD=letmein psql", "letmein"),
    ("api_key = 9f8e7d6c5b4a", "9f8e7d6c5b4a"),
    ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("token=abcd1234efgh", "abcd1234efgh"),
    ("mill login --token abcd1234efgh", "abcd1234efgh"),
    ("tool --db-password=hunter2 run", "hunter2"),
    ("Authorization: Bearer abcdef1234567890", "abcdef1234567890"),
    ("curl -H 'authorization: Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
    ("Cookie: session=abc123; theme=dark", "abc123"),
    ("my password is hunter2, sorry", "hunter2"),
    ("das passwort lautet Geheim99", "Geheim99"),
    ("https://hooks.slack.com/services/" + "T00000000/B00000000/" + A1[:24], A1[:24]),
    ("DefaultEndpointsProtocol=https;AccountKey=" + A1 + "==;", A1),
]
PERSONAL = [
    ("write to jane.doe@customer-b.org please", "jane.doe@customer-b.org", "mail address"),
    ("call +49 170 1234567", "+49 170 1234567", "phone number"),
    ("call (555) 123-4567", "(555) 123-4567", "phone number"),
    ("Tel.: 030 1234567", "030 1234567", "phone number"),
    ("host 10.1.2.3 is down", "10.1.2.3", "private address"),
    ("http://192.168.0.12:8080/x", "192.168.0.12", "private address"),
    ("fe80::1ff:fe23:4567:890a", "fe80::1ff:fe23:4567:890a", "private address"),
    ("+4917012345678", "+4917012345678", "phone number"),
    ("on db1.corp.example now", "db1.corp.example", "private address"),
    ("ssh build-7", "build-7", "private address"),
    ("https://vault.internal/ui", "vault.internal", "private address"),
    ("/home/janedoe/.config/x", "janedoe", "path"),
    ("at /Users/jdoe/src/a.py:12", "jdoe", "path"),
    ("C:\\Users\\JDoe\\AppData", "JDoe", "path"),
    ("jdoe@laptop:~/src$ make", "jdoe@laptop", "path"),
    ("as ACME told us", "ACME", "name"),
    ("the nord  kai project", "nord  kai", "name"),
    ("IBAN DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00", "bank account"),
]
HARMLESS = [
    "version 10.2.3.4 of the driver, 1.8.2, v2.0.0-rc1 and 10.0.19041.1",
    "127.0.0.1:8080, 0.0.0.0, 8.8.8.8 and ::1",
    "commit 3f9a12c7de5b1a0c9e8d7f6a5b4c3d2e1f0a9b8c fixes it",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "550e8400-e29b-41d4-a716-446655440000",
    "2026-11-21T10:32:05Z, 2026-11-21 10:32:05,123 and 1732181525123",
    "the password field is empty and the token is invalid",
    "password: required, token: expected identifier, secret: none",
    "the password is wrong; your password was reset",
    "error: unexpected token: `}` at line 12",
    "token = lexer.next_token() and password = os.environ['PW']",
    "password=$PASSWORD token=${TOKEN} secret=<secret> api_key={{ key }}",
    "password=*** and token=xxxxxxxx",
    "fn login(password: String, token: &str)",
    "let password = get_password(user);",
    "sk-learn and task-based-scheduling-of-jobs, risk-assessment-for-2024-budget",
    "git@github.com:example/ferry.git and someone@example.com",
    "systemctl restart getty@tty1.service",
    "react@18.2.0 and @decorator",
    "/home/user/x, /home/runner/work, /Users/Shared and C:\\Users\\Public\\x",
    "https://docs.example.org/home/page and src/home/index.ts",
    "/usr/local/lib/python3.11/site-packages/x.py:123",
    "rustc 0.12.0-pre (2014-08-21), rt.rs:1234:5678",
    "4111 1111 1111 1112 and 1234567890123456",
    "thread 'main' panicked at 'index out of bounds', src/main.rs:12",
    "io.netty.util.internal.PlatformDependent and settings.local.json",
    "acmeist, pacme and macme",
    "+1 from me, UTC+01, +0200, 1e+10",
    "@@ -120,7 +1234,9 @@",
    "tls-private-key=/etc/ssl/key.pem and PWD=/var/lib/x",
    "find . -mmin +3015120",
    "compiling Data.Corp.Example and parse_sig::h1a2b3c4d5e6",
    "0x7ffd1234abcd 0000000000000000",
]


@pytest.mark.parametrize("to", [PUBLIC, CUSTOMER, INTERNAL, Visibility(Level.RESTRICTED)])
@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_goes_nowhere(text: str, secret: str, to: Visibility) -> None:
    now, removed = redact(f"see {text} there", WORDS, HOSTS, to)
    assert (secret or text) not in now
    assert "[secret]" in now
    assert all((secret or text) not in each.was for each in removed)


@pytest.mark.parametrize(("text", "private", "kind"), PERSONAL)
def test_what_says_who_or_where_stays_with_the_team(text: str, private: str, kind: str) -> None:
    now, removed = redact(text, WORDS, HOSTS, PUBLIC)
    assert private not in now
    assert kind in [each.kind for each in removed]
    assert redact(text, WORDS, HOSTS, INTERNAL) == (text, ())


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text, WORDS, HOSTS, PUBLIC) == (text, ())


def test_a_card_number_goes_nowhere() -> None:
    now, (removed,) = redact("paid with 4111 1111 1111 1111", (), (), INTERNAL)
    assert now == "paid with [card number]"
    assert removed.was == "4111… (19 characters)"


def test_a_customer_may_read_their_own_name_and_no_others() -> None:
    now, _ = redact("acme and Nord Kai", WORDS, HOSTS, CUSTOMER)
    assert now == "acme and [name]"


def test_the_rest_of_the_sentence_stays() -> None:
    now, removed = redact("mail jane@corp.org, then /home/jane/x fails at 10.0.0.5:80.", (), (), PUBLIC)
    assert now == "mail [mail address], then /home/[user]/x fails at [private address]:80."
    assert [each.was for each in removed] == ["jane@corp.org", "jane", "10.0.0.5"]


def test_a_key_that_was_cut_off_is_still_taken_out() -> None:
    now, _ = redact("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq", (), (), INTERNAL)
    assert now == "[secret]"


pieces = st.lists(
    st.one_of(
        st.sampled_from([text for text, _ in SECRETS] + [text for text, *_ in PERSONAL] + HARMLESS),
        st.text(max_size=12),
        st.sampled_from(["[name]", "[secret]", "password=", "@", "://", ":", "/home/", " ", "\n", "4111"]),
    ),
    max_size=6,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(pieces, st.sampled_from([PUBLIC, CUSTOMER, INTERNAL]))
def test_a_second_run_takes_out_nothing(text: str, to: Visibility) -> None:
    words = (*WORDS, "secret", "name", "user")
    once, _ = redact(text, words, HOSTS, to)
    assert redact(once, words, HOSTS, to) == (once, ())


@given(st.sampled_from(PERSONAL[:-1]), st.sampled_from(HARMLESS), st.sampled_from(HARMLESS))
def test_what_is_not_private_stays_to_the_letter(case: tuple[str, str, str], before: str, after: str) -> None:
    text, private, _ = case
    now, removed = redact(f"{before}\n{text}\n{after}", WORDS, HOSTS, PUBLIC)
    assert [each.was for each in removed] == [private]
    assert now == f"{before}\n{text.replace(private, removed[0].now, 1)}\n{after}"


@pytest.mark.parametrize(
    "text",
    ["a" * 200_000, "a@" * 100_000, "1 " * 100_000, "/home/" * 40_000, "password=" * 25_000, "a.b." * 50_000],
)
def test_long_and_odd_text_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    redact(text, WORDS, HOSTS, PUBLIC)
    assert time.perf_counter() - began < 5
