"""Socket Mode: one connection that Slack's events come through, kept up until the process ends.

What was not acknowledged comes again on the next connection; what was written while there was none is read
by the rounds.
"""

import logging
import threading
import time

from slack_bolt.adapter.socket_mode import SocketModeHandler

from agent.desk import Desk
from agent.doors.slack.app import build_app
from agent.errors import Unavailable

#: Seconds until a connection that could not be opened is tried again.
AGAIN = 10.0
#: Seconds between two looks whether the connection still answers. The client takes a broken line for one after
#: the fifth that fails, or after four without an answer.
PING = 1.0
#: Bytes read at once: the client calls itself for each part of a message, and a modal's may be long.
BUFFER = 64 * 1024
#: Seconds without an answer after which a connection is begun anew. The client (slack_sdk 3.47) waits for ever where its
#: first look is not answered, and where a connection is replaced just as its reader begins, which stays with the old one.
SILENCE = 30.0
#: Seconds that the client's threads have to end; a reader that stayed with an old connection never does.
END = 10.0

log = logging.getLogger(__name__)


def listen(desk: Desk, until: threading.Event, again: float = AGAIN, silence: float = SILENCE) -> None:
    """Take in what comes through the socket until the event is set; needs SLACK_APP_TOKEN."""
    token = desk.settings.secret("SLACK_APP_TOKEN")
    app = build_app(desk)
    while not until.is_set():
        handler = SocketModeHandler(app, token, ping_interval=PING, receive_buffer_size=BUFFER)
        try:
            handler.connect()  # type: ignore[no-untyped-call]
            _hear(handler, until, silence)
        except Exception as error:  # whatever it is, the rest of the process works on
            log.error("Slack's socket could not be opened or kept; it is tried again", exc_info=error)
            until.wait(again)
        finally:
            end(handler)


def _hear(handler: SocketModeHandler, until: threading.Event, silence: float) -> None:
    """Wait until the event is set; raises Unavailable where nothing answers any more."""
    answered, heard_at = None, time.monotonic()
    while not until.wait(PING):
        session = handler.client.current_session
        last = session and (session.session_id, session.last_ping_pong_time)
        if last != answered:
            answered, heard_at = last, time.monotonic()
        elif time.monotonic() - heard_at > silence:
            raise Unavailable(f"Slack's socket has not answered for {silence:g} s.")


def end(handler: SocketModeHandler) -> None:
    """End a connection and its threads, as far as they end in time."""
    ending = threading.Thread(target=_close, args=(handler,), name="slack-end", daemon=True)
    ending.start()
    ending.join(END)


def _close(handler: SocketModeHandler) -> None:
    """Close a connection.

    The client closes its line in whichever thread notices first, and the one that comes second falls over
    what the first has taken away, before it has ended the threads.
    """
    try:
        handler.close()  # type: ignore[no-untyped-call]
    except AttributeError:
        handler.close()  # type: ignore[no-untyped-call]
