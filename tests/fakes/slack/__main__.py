"""Serve the stand-in alone: `python -m tests.fakes.slack [port]` prints what to set, and serves until Ctrl+C."""

import sys
import threading

from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, standing


def main(port: int) -> None:
    with standing(port) as slack:
        for name in ("help", "team", "on-call", "triage-bugs"):
            slack.channel(name)
        print(f"SLACK_API_URL={slack.api_url}")
        print(f"SLACK_BOT_TOKEN={BOT_TOKEN}")
        print(f"SLACK_APP_TOKEN={APP_TOKEN}")
        print(f"SLACK_SIGNING_SECRET={SIGNING_SECRET}")
        for each in slack.channels.values():
            print(f"# #{each.name} is {each.id}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("Ended.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
