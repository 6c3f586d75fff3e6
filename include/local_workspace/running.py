"""Whether a workspace runs in a folder, and how to reach it: for the commands that are not the workspace itself."""

import json
import urllib.request

from .paths import Home


def connection(home: Home) -> dict:
    """What connection.json holds: host, token, ports and the warehouse's id; empty if there is none."""
    try:
        return json.loads(home.connection.read_text())
    except FileNotFoundError:
        return {}


def health(home: Home) -> dict[str, str]:
    """State of each engine; empty if no server answers."""
    try:
        host = connection(home)["host"]
        with urllib.request.urlopen(f"{host}/health", timeout=2) as answer:  # noqa: S310 - our own loopback address
            return json.load(answer)["engines"]
    except (OSError, ValueError, KeyError):
        return {}
