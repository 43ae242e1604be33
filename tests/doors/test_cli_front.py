"""The command line as a whole: light at start, honest exit codes, nothing but data on stdout."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.doors.cli.app import app
from tests.builders import REPOSITORY
from tests.doors.cli import Terminal, environment, triaged

HEAVY = (
    "chromadb",
    "langgraph",
    "onnxruntime",
    "numpy",
    "sqlalchemy",
    "psycopg",
    "procrastinate",
    "anthropic",
    "slack_bolt",
    "github",
    "yaml",
)
BUILT = [
    "demo",
    "index",
    "sync",
    "receive",
    "try",
    "run",
    "worker",
    "inbox",
    "show",
    "approve",
    "edit",
    "reject",
    "snooze",
    "acknowledge",
    "take",
    "hand-over",
    "ask",
    "answered",
    "pause",
    "resume",
    "shift",
    "sources",
    "backup",
    "restore",
    "forget",
    "report",
    "backtest",
    "doctor",
]


def triage(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    env = {**os.environ, **environment(home, **more)}
    return subprocess.run(
        [sys.executable, "-c", "from agent.doors.cli.app import main; main()", *words],
        env={key: value for key, value in env.items() if value is not None},
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=60,
        check=False,
    )


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom agent.doors.cli.app import main\nsys.argv = ['triage', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: triage" in result.stdout
    assert result.stderr.strip() == "[]"


def test_exactly_what_is_built_is_registered():
    assert [command.name for command in app.registered_commands] == BUILT


@pytest.mark.parametrize("command", BUILT)
def test_every_command_teaches_by_an_example(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"\n  triage {command}" in result.stdout


def test_the_version_is_said():
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("triage-agent ")


def test_wrong_use_is_two(tmp_path):
    for words in ((), ("nonsense",), ("show",), ("inbox", "--nonsense"), ("index",)):
        assert Terminal(tmp_path).run(*words).exit_code == 2


def test_all_faults_of_the_configuration_are_told_at_once(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    for file in (REPOSITORY / "config").glob("*.yaml"):
        (config / file.name).write_text(file.read_text())
    (config / "team.yaml").write_text("nme: x\n")
    (config / "rotation.yaml").write_text("{")
    result = triage(tmp_path / "home", "inbox", TRIAGE_CONFIG=str(config))
    assert result.returncode == 2
    assert "team.yaml" in result.stderr
    assert "rotation.yaml" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_port_in_use_is_unavailable_and_names_the_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = triage(tmp_path, "run", "--no-worker", "--port", port)
    assert result.returncode == 3
    assert "--port 0 takes any that is free" in result.stderr


def test_a_store_that_does_not_open_is_unavailable(tmp_path):
    (tmp_path / "triage.db").write_text("this is no database at all, and long enough to be seen as none" * 99)
    result = triage(tmp_path, "inbox")
    assert result.returncode == 3
    assert "does not open: file is not a database" in result.stderr
    assert "triage restore FILE --force" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_doctor_asks_the_server_that_vectors_are_searched_at(tmp_path):
    result = triage(tmp_path, "doctor", CHROMA_URL="http://u:hunter2@127.0.0.1:1")
    assert "broken  Vectors        Chroma at http://127.0.0.1:1 does not answer" in result.stdout
    assert "hunter2" not in result.stdout


def test_what_nobody_foresaw_is_one_sentence_and_the_log_has_the_rest(tmp_path):
    triaged(tmp_path, ["sync stops"])
    with closing(sqlite3.connect(tmp_path / "triage.db")) as db:
        db.execute("UPDATE proposals SET payload = 'not what it was'")
        db.commit()
    result = triage(tmp_path, "show", "C-1")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "Something went wrong here" in result.stderr
    log = (tmp_path / "triage.log").read_text()
    assert "error='ValidationError'" in log
    assert "codec.py:" in log
    assert "not what it was" not in log  # what an error quotes of the store stays there
    assert "Traceback" in triage(tmp_path, "show", "C-1", TRIAGE_DEBUG="1").stderr


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    triaged(tmp_path, [f"it stops for the {at}th time" for at in range(3)])
    env = {**os.environ, **environment(tmp_path)}
    command = f"{sys.executable} -c 'from agent.doors.cli.app import main; main()' inbox --json | true"
    result = subprocess.run(
        ["sh", "-c", command],
        env={key: value for key, value in env.items() if value is not None},
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
    assert "Traceback" not in result.stderr


def test_an_interrupt_is_a_sentence_and_what_was_committed_stays(tmp_path):
    env = {**os.environ, **environment(tmp_path), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from agent.doors.cli.app import main; main()",
            "receive",
            "--file",
            "-",
        ],
        env={key: value for key, value in env.items() if value is not None},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    process.stdin.write('{"id": 1}\n')
    process.stdin.flush()
    assert process.stderr.readline().startswith("line 1:")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert told.strip() == "Stopped. What was committed stays; run the same again to go on."


def test_an_unknown_person_is_told_before_anything_is_loaded(tmp_path):
    result = triage(tmp_path, "run", "--port", "0", TRIAGE_PERSON="somebody-else")
    assert result.returncode == 2
    assert "'somebody-else' is not in team.yaml" in result.stderr
    assert not (tmp_path / "chroma").exists()


def test_a_terminal_of_ascii_gets_codes_and_no_traceback(tmp_path):
    triaged(tmp_path, ["der Abzug bricht ab 🔥 שלום"])
    result = triage(tmp_path, "show", "C-1", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert result.returncode == 0, result.stderr
    assert "\\u05e9" in result.stdout


def test_the_doctor_says_what_is_off_and_why(tmp_path):
    terminal = Terminal(tmp_path)
    result = terminal.run("doctor")
    assert result.exit_code == 0, result.stderr
    assert "GITHUB_TOKEN is not set; `triage sync` reads no Issues without it" in result.stdout
    assert "GITHUB_WEBHOOK_SECRET is not set; no delivery is taken" in result.stdout
    assert "none is running" in result.stdout
    assert str(tmp_path / "triage.db") in result.stdout
    assert {line["mark"] for line in terminal.lines("doctor", "--json")} <= {"ok", "off"}


def test_the_doctor_ends_with_one_when_the_store_is_broken(tmp_path):
    result = Terminal(tmp_path).run("doctor", DATABASE_URL="sqlite:////nowhere/at/all.db")
    assert result.exit_code == 1
    assert "broken  Store" in result.stdout


def test_the_shift_and_the_sources_are_data(tmp_path):
    terminal = Terminal(tmp_path)
    (shift,) = terminal.lines("shift", "--json")
    assert shift["now"]["ends_at"] == shift["next"]["starts_at"]
    assert "Now" in terminal.run("shift").stdout
    assert "slack:C-HELP" in [line["source"] for line in terminal.lines("sources", "--json")]
    assert "never" in terminal.run("sources").stdout


def test_the_doctor_names_the_sources_that_wait_for_keys_of_github(tmp_path):
    folder = tmp_path / "config"
    shutil.copytree(REPOSITORY / "config", folder)
    sources = (folder / "sources.yaml").read_text()
    to_github = "reply_by: github\n    tracker: github\n\n  - id: slack:C-CUSTOMER-A"
    (folder / "sources.yaml").write_text(
        sources.replace("reply_by: file\n\n  - id: slack:C-CUSTOMER-A", to_github, 1)
    )
    result = Terminal(tmp_path / "home").run("doctor", TRIAGE_CONFIG=str(folder))
    assert result.exit_code == 1
    assert "`tracker: github`; without keys its Issues are filed in the store" in result.stdout
    assert "`reply_by: github`; without keys its replies do not leave" in result.stdout
