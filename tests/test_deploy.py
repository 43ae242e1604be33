"""What `deploy/` starts exists: each command and its options, each variable, each figure of an alert."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from agent import settings
from agent.doors.cli.app import app
from agent.doors.health.metrics import NONE, families
from scripts import docs
from tests.builders import MONDAY, REPOSITORY

DEPLOY = REPOSITORY / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "triage"}
RULES = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
#: Read by what runs beside us, or by all programs.
OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "XDG_CACHE_HOME"}


def unit() -> configparser.ConfigParser:
    class Several(dict[str, Any]):
        """A unit may say a thing several times: each `Environment=` counts."""

        def __setitem__(self, key: str, value: Any) -> None:
            both = [*self[key], *value] if key in self and isinstance(value, list) else value
            super().__setitem__(key, both)

    found = configparser.RawConfigParser(
        strict=False, dict_type=Several, delimiters=("=",), comment_prefixes="#"
    )
    found.optionxform = str  # type: ignore[assignment]
    found.read(DEPLOY / "triage.service")
    return found


def parsed(words: list[str]) -> dict[str, Any]:
    """Return what a command is given by these words; nothing is run. Fails where it has no such option."""
    group: Any = get_command(app)
    context = group.context_class(group, info_name="triage")
    name, command, rest = group.resolve_command(context, words)
    assert name
    given: dict[str, Any] = command.make_context(name, rest, parent=context).params
    return given


def variables() -> set[str]:
    """Return the variables that the product reads."""
    source = (REPOSITORY / "agent" / "settings.py").read_text()
    return set(re.findall(r'environ(?:\.get)?[\[(]"([A-Z_]+)"', source)) | set(settings._EXTERNAL)


@pytest.mark.parametrize("name", OURS)
def test_each_process_of_the_compose_file_is_a_command_with_these_options(name: str) -> None:
    given = parsed(OURS[name]["command"])
    assert given["health_port"] == 9100
    assert str(given["health_port"]) in OURS[name]["healthcheck"]["test"][-1]


def test_the_compose_file_has_postgresql_chroma_the_doors_and_two_workers() -> None:
    assert set(COMPOSE["services"]) == {"postgres", "chroma", "web", "worker"}
    assert parsed(OURS["web"]["command"])["no_worker"]
    assert OURS["worker"]["command"][0] == "worker"
    assert OURS["worker"]["deploy"]["replicas"] == 2
    published = [each for name in OURS for each in OURS[name].get("ports", [])]
    assert [each for each in published if not each.startswith("127.0.0.1:")] == []


def test_every_service_and_volume_that_is_named_is_there() -> None:
    for name, service in COMPOSE["services"].items():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"]), name
        mounted = [each.partition(":")[0] for each in service["volumes"]]
        named = [each for each in mounted if not each.startswith(".")]
        assert set(named) <= set(COMPOSE["volumes"]), name
        assert all((DEPLOY / each).resolve().exists() for each in mounted if each.startswith(".")), name


def test_the_addresses_lead_to_the_services_and_are_accepted(tmp_path: Path) -> None:
    given = {key: re.sub(r"\$\{.*?\}", "secret", value) for key, value in OURS["web"]["environment"].items()}
    config = {"TRIAGE_HOME": str(tmp_path), "TRIAGE_CONFIG": str(REPOSITORY / "config")}
    found = settings.load({**config, **given}, tmp_path)
    assert "@postgres:" in found.database_url
    assert "//chroma:" in (found.chroma_url or "")


@pytest.mark.parametrize(
    "named",
    [
        *(name for each in OURS.values() for name in each["environment"]),
        *re.findall(r"^([A-Z_]+)=", (DEPLOY / "triage.env.example").read_text(), re.MULTILINE),
        *(each.partition("=")[0] for each in unit()["Service"]["Environment"].splitlines()),
        *re.findall(r"\b([A-Z_]+)=", (DEPLOY / "Dockerfile").read_text()),
    ],
)
def test_each_variable_is_read_by_the_product(named: str) -> None:
    assert named in variables() | OTHERS


def test_the_env_file_has_what_the_doors_of_the_compose_file_ask_for() -> None:
    there = (DEPLOY / "triage.env.example").read_text()
    asked = {"--host": "SLACK_CLIENT_SECRET", "--health-host": "TRIAGE_METRICS_TOKEN"}
    for option, name in {**asked, "--webhook-port": "GITHUB_WEBHOOK_SECRET"}.items():
        assert option in OURS["web"]["command"]
        assert f"{name}=" in there


def test_the_unit_starts_a_command_and_gives_it_more_time_than_it_needs() -> None:
    from agent.doors.cli.serve import GRACE_SECONDS, WORK_SECONDS
    from agent.house import GRACE

    service = unit()["Service"]
    words = shlex.split(service["ExecStart"])
    assert words[0].endswith("/triage")
    assert parsed(words[1:])["health_port"] == 9100
    needs = WORK_SECONDS + GRACE_SECONDS + 1
    assert GRACE < WORK_SECONDS
    assert needs <= 30 < int(service["TimeoutStopSec"])
    assert all(int(each["stop_grace_period"].removesuffix("s")) > 30 for each in OURS.values())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "triage.service").read_text().replace("/opt/triage/bin/triage", sys.executable)
    text = re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE)  # the user is made at installation
    (tmp_path / "triage.service").write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "triage.service")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_is_made_of_what_is_here() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    missing = [name for names in copied for name in names if not (REPOSITORY / name).exists()]
    assert copied
    assert not missing
    seen = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert {name for names in copied for name in names} == seen
    assert "requirements/run.txt" in " ".join(lines)


def test_what_holds_secrets_is_never_committed() -> None:
    ignored = (REPOSITORY / ".gitignore").read_text().splitlines()
    assert {"deploy/triage.env", "deploy/.env"} <= set(ignored)


def test_the_chroma_server_is_the_version_that_is_locked() -> None:
    locked = re.search(r"^chromadb==(\S+)", (REPOSITORY / "requirements/run.txt").read_text(), re.MULTILINE)
    assert locked
    assert COMPOSE["services"]["chroma"]["image"] == f"chromadb/chroma:{locked[1]}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_each_alert_is_about_figures_that_exist(rule: dict[str, Any]) -> None:
    told = {each.name: each.type for each in families(NONE, MONDAY)}
    ends = {"counter": "_total", "histogram": "_bucket"}
    known = {f"{name}{ends.get(kind, '')}" for name, kind in told.items()}
    named = set(re.findall(r"\btriage_\w+", rule["expr"]))
    assert named
    assert named <= known
    assert {"means", "do"} <= set(rule["annotations"])
    assert rule["labels"]["severity"] in ("page", "warn")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_each_command_that_an_alert_names_exists(rule: dict[str, Any]) -> None:
    for words in re.findall(r"`triage ([^`]+)`", rule["annotations"]["do"]):
        parsed(shlex.split(words))


def test_the_tables_of_the_page_are_what_the_code_and_the_rules_say() -> None:
    page = docs.OPERATE.read_text()
    assert docs.figures() in page, "Run: make docs"
    assert docs.alerts() in page, "Run: make docs"
