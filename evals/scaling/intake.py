"""How the webhook door answers while the workers are busy: its own process, on PostgreSQL, at a steady rate."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import sqlalchemy as sa

from agent.desk import Desk
from agent.domain.messages import Message
from agent.settings import Settings
from agent.store.tables import deliveries, messages
from agent.wiring import open_worker
from evals.scaling import corpus
from evals.scaling.stands import Server, database, settings_for, started, workers
from evals.scaling.throughput import judged, opened

SECRET = "secret-of-this-measurement"  # noqa: S105 - of a server that lives as long as this runs
WATCHED = "example/millrace"  #: a repository of the configuration that is shipped
HOOKS = re.compile(r"Webhooks are taken at (\S+/hooks/github)")
WORKERS = 2
#: What the workers have to do already when the deliveries begin, in seconds of theirs.
BACKLOG = 400
TAKEN = 202
TIMEOUT = 30.0
LANES = 64  #: connections; a delivery takes the next one that is free


@dataclass(frozen=True)
class Answer:
    """What became of one delivery."""

    id: str
    status: int
    seconds: float


def intake(
    settings: Settings, server: Server, folder: Path, rate: int, seconds: int, issues: int
) -> Iterator[str]:
    """Yield the table: how soon deliveries were answered, and whether each is there."""
    with database(server) as url:
        here = settings_for(settings, folder / "busy" / "home", url)
        with open_worker(here) as house:
            corpus.with_issues(house, settings.data, issues)
        given = corpus.messages(settings.data)
        with (
            opened(here) as desk,
            workers(here, WORKERS),
            started(here, *DOORS, GITHUB_WEBHOOK_SECRET=SECRET) as doors,
        ):
            found = HOOKS.search(doors.output.read_text())
            assert found is not None
            desk.receive(list(islice(given, BACKLOG)))
            before, cpu = judged(desk), doors.cpu()
            sent = asyncio.run(_send(found[1], list(islice(given, rate * seconds)), rate))
            yield from _rows(sent, _kept(desk), judged(desk) - before, doors.cpu() - cpu, rate, seconds)


DOORS = ("run", "--no-worker", "--port", "0", "--webhook-port", "0")


async def _send(address: str, given: Sequence[Message], rate: int) -> list[Answer]:
    """Post each at its moment, whether the one before is answered or not.

    An answer is waited for from that moment on, so a delivery that finds every connection busy counts as late.
    The requests are written by hand: a client that does more would take from the doors what they are measured by.
    """
    where = urlsplit(address)
    bodies = [_body(number, each) for number, each in enumerate(given, 1)]
    requests = [(name := str(uuid.uuid4()), _request(where, name, each)) for each in bodies]
    loop = asyncio.get_running_loop()
    began, turn = loop.time() + 1, iter(range(len(requests)))

    async def lane() -> list[Answer]:
        answers = []
        connection = await asyncio.open_connection(where.hostname, where.port)
        for at in turn:
            due = began + at / rate
            await asyncio.sleep(max(0.0, due - loop.time()))
            try:
                status = await asyncio.wait_for(_answered(connection, requests[at][1]), TIMEOUT)
            except (OSError, EOFError, TimeoutError):
                status = 0
                connection[1].close()
                connection = await asyncio.open_connection(where.hostname, where.port)
            answers.append(Answer(requests[at][0], status, loop.time() - due))
        connection[1].close()
        return answers

    return [each for answers in await asyncio.gather(*(lane() for _ in range(LANES))) for each in answers]


def _request(where: SplitResult, name: str, body: bytes) -> bytes:
    headers = {
        "host": where.netloc,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "x-github-delivery": name,
        "x-github-event": "issues",
        "x-hub-signature-256": f"sha256={hmac.new(SECRET.encode(), body, 'sha256').hexdigest()}",
    }
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    return f"POST {where.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def _answered(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> int:
    reader, writer = connection
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").lower()
    await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
    return int(head.split(" ", 2)[1])


def _body(number: int, message: Message) -> bytes:
    """Return the payload of an Issue that was opened, as much of it as is read."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    issue = {
        "number": number,
        "title": message.title,
        "body": message.text,
        "user": {"login": message.author},
        "state": "open",
        "labels": [],
        "html_url": f"https://github.example/{WATCHED}/issues/{number}",
        "created_at": now,
        "updated_at": now,
    }
    told = {"action": "opened", "issue": issue, "repository": {"full_name": WATCHED, "private": False}}
    return json.dumps({**told, "sender": {"login": message.author}}).encode()


def _kept(desk: Desk) -> tuple[set[str], int]:
    """Return the ids of the deliveries that are in the store, and how many Messages are there from them."""
    from_there = (
        sa.select(sa.func.count()).select_from(messages).where(messages.c.source == f"github:{WATCHED}")
    )
    with desk.store.read() as tx:
        return set(tx.scalars(sa.select(deliveries.c.id))), tx.scalar(from_there) or 0


def _rows(
    sent: Sequence[Answer], kept: tuple[set[str], int], worked: int, cpu: float, rate: int, seconds: int
) -> Iterator[str]:
    times = sorted(each.seconds for each in sent)
    taken = [each for each in sent if each.status == TAKEN]
    lost = sum(each.id not in kept[0] for each in taken)
    p50, p99, worst = (
        times[min(len(times) - 1, int(len(times) * share))] * 1000 for share in (0.5, 0.99, 1.0)
    )
    yield "| intake while the workers are busy | |\n| --- | --- |"
    yield f"| deliveries | {len(sent):,}: {rate}/s for {seconds} s |"
    yield f"| accepted | {len(taken):,} |"
    yield f"| answered, p50, p99, slowest | {p50:.0f} ms, {p99:.0f} ms, {worst:.0f} ms |"
    yield f"| accepted and not in the store | {lost} |"
    yield f"| Messages in the store | {kept[1]:,} |"
    yield f"| CPU of the doors, ms a delivery | {cpu / len(sent) * 1000:.1f} |"
    yield f"| Cases judged meanwhile by {WORKERS} workers | {worked:,} |"
