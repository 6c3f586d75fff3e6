"""`python -m include.local_workspace serve|start|stop|status`: the local workspace from the command line."""

import argparse
import logging
import os
import signal
import subprocess
import sys
import time

from . import running
from .engines import process
from .paths import PROJECT, Home

_START_SECONDS = 180


def main() -> int:
    parser = argparse.ArgumentParser(prog="local_workspace", description=__doc__)
    parser.add_argument("command", choices=("serve", "start", "stop", "status"),
                        help="serve: in the foreground; start: in the background; stop; status: what runs")  # fmt: skip
    arguments = parser.parse_args()
    home = Home.default()
    return {"serve": _serve, "start": _start, "stop": _stop, "status": _status}[arguments.command](home)


def _serve(home: Home) -> int:
    from .serve import CannotStart, serve

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("pyspark").setLevel(logging.ERROR)
    try:
        serve(home)
    except CannotStart as error:
        print(f"The local workspace cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def _start(home: Home) -> int:
    """Start in the background, or find that it runs; return when every engine answers."""
    home.create()
    if _healthy(home):
        return 0
    log = home.logs / "workspace.log"
    began = time.monotonic()
    with log.open("ab") as sink:
        server = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "include.local_workspace", "serve"],
            cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True,
        )  # fmt: skip
    if not process.wait_until(lambda: server.poll() is not None or _healthy(home), _START_SECONDS, 0.1):
        states = running.health(home)
        print(f"The local workspace is not ready after {_START_SECONDS} s: {states}. See {log}.", file=sys.stderr)
        return 1
    if server.poll() is not None and not _healthy(home):
        tail = log.read_text(errors="replace").splitlines()[-5:]
        print("The local workspace did not start:\n  " + "\n  ".join(tail) + f"\nSee {log}.", file=sys.stderr)
        return 1
    print(f"Local workspace ready in {time.monotonic() - began:.1f} s.")
    return 0


def _stop(home: Home) -> int:
    """Ask the server to end, then end whatever is left of its processes."""
    for entry in process.recorded(home.pids):
        if entry["name"] == "workspace":
            os.kill(entry["pid"], signal.SIGTERM)
            process.wait_until(lambda pid=entry["pid"]: not _runs(home, pid), 30)
    process.reap(home.pids)
    return 0


def _status(home: Home) -> int:
    processes = process.recorded(home.pids)
    if not processes:
        print("The local workspace is not running. Start it with `make workspace` or `make run`.")
        return 3
    connection = running.connection(home)
    print(f"address   {connection['host']}    Lakebase port {connection['lakebase_port']}")
    for name, state in running.health(home).items():
        print(f"engine    {name:12} {state}")
    for entry in processes:
        print(f"process   {entry['name']:12} pid {entry['pid']:<8} {entry['rss'] / 2**20:7.0f} MB")
    return 0


def _runs(home: Home, pid: int) -> bool:
    return any(entry["pid"] == pid for entry in process.recorded(home.pids))


def _healthy(home: Home) -> bool:
    states = running.health(home)
    return bool(states) and all(state == "ready" for state in states.values())


if __name__ == "__main__":
    sys.exit(main())
