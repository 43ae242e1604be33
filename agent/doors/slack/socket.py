"""Socket Mode: one connection that Slack's events come through, kept up until the process ends.

What was not acknowledged comes again on the next connection; what was written while there was none is read
by the rounds.
"""

import logging
import threading

from slack_bolt.adapter.socket_mode import SocketModeHandler

from agent.desk import Desk
from agent.doors.slack.app import build_app

#: Seconds until a connection that could not be opened is tried again.
AGAIN = 10.0
#: Seconds between two looks whether the connection still answers. The client takes a broken line for one after
#: the fifth that fails, or after four without an answer.
PING = 1.0
#: Bytes read at once: the client calls itself for each part of a message, and a modal's may be long.
BUFFER = 64 * 1024

log = logging.getLogger(__name__)


def listen(desk: Desk, until: threading.Event, again: float = AGAIN) -> None:
    """Take in what comes through the socket until the event is set; needs SLACK_APP_TOKEN."""
    token = desk.settings.secret("SLACK_APP_TOKEN")
    app = build_app(desk)
    while not until.is_set():
        handler = SocketModeHandler(app, token, ping_interval=PING, receive_buffer_size=BUFFER)
        try:
            handler.connect()  # type: ignore[no-untyped-call]
            until.wait()
        except Exception as error:  # whatever it is, the rest of the process works on
            log.error("Slack's socket could not be opened; it is tried again", exc_info=error)
            until.wait(again)
        finally:
            end(handler)


def end(handler: SocketModeHandler) -> None:
    """End a connection and its threads.

    The client closes its line in whichever thread notices first, and the one that comes second falls over
    what the first has taken away, before it has ended the threads.
    """
    try:
        handler.close()  # type: ignore[no-untyped-call]
    except AttributeError:
        handler.close()  # type: ignore[no-untyped-call]
