"""Processes that never outlive the workspace: each leads a process group of its own and has a file under `pids/`.

After a kill -9 of the workspace the files are what is left; the next start, or `make stop`, ends what they name. A
process is only ended if its start time is the recorded one, for numbers of processes are used again.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil


def spawn(name: str, command: list, pids: Path, **options) -> subprocess.Popen:
    """Start a command as the leader of its own group and record it; `options` as for subprocess.Popen."""
    process = subprocess.Popen([str(part) for part in command], start_new_session=True, **options)  # noqa: S603
    record(name, process.pid, pids)
    return process


def record(name: str, pid: int, pids: Path) -> None:
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return
    file = pids / f"{name}.{pid}.json"
    file.write_text(json.dumps({"name": name, "pid": pid, "started": started}))


def forget(pid: int, pids: Path) -> None:
    for file in pids.glob(f"*.{pid}.json"):
        file.unlink(missing_ok=True)


def stop(process: subprocess.Popen, pids: Path, patience: float = 10.0, ask: int = signal.SIGTERM) -> None:
    """Ask the process to end, wait `patience` seconds, then kill its whole group."""
    if process.poll() is None:
        _signal(process.pid, ask)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass
    kill_group(process.pid)
    process.wait()
    forget(process.pid, pids)


def kill_group(leader: int) -> None:
    """SIGKILL to what is left of a group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def recorded(pids: Path) -> list[dict]:
    """What runs of the recorded processes: name, pid and resident memory in bytes, with children not recorded here."""
    entries = [_entry(file) for file in sorted(pids.glob("*.json"))]
    running = [(entry, process) for entry in entries if (process := _same(entry))]
    apart = {entry["pid"] for entry, _ in running}
    return [{**entry, "rss": _family_rss(process, apart)} for entry, process in running]


def reap(pids: Path, patience: float = 3.0) -> list[str]:
    """End the processes that an earlier workspace left behind; returns their names."""
    ended = []
    for file in sorted(pids.glob("*.json")):
        entry = _entry(file)
        process = _same(entry)
        if process:
            family = [process, *process.children(recursive=True)]
            _signal(process.pid, signal.SIGINT if entry["name"] == "postgres" else signal.SIGTERM)
            _, alive = psutil.wait_procs([process], timeout=patience)
            kill_group(entry["pid"])
            for member in family:
                _quietly_kill(member)
            psutil.wait_procs(family, timeout=patience)
            ended.append(entry["name"])
        file.unlink(missing_ok=True)
    return ended


def wait_until(check, timeout: float, pause: float = 0.05) -> bool:
    """Ask until the answer is true or `timeout` seconds are over."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(pause)
    return bool(check())


def _entry(file: Path) -> dict:
    try:
        return {"name": file.name.split(".")[0], **json.loads(file.read_text())}
    except (OSError, ValueError):
        return {"name": file.stem, "pid": -1, "started": 0.0}


def _same(entry: dict) -> psutil.Process | None:
    try:
        process = psutil.Process(entry["pid"])
        alive = abs(process.create_time() - entry["started"]) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
        return process if alive else None
    except (psutil.NoSuchProcess, ValueError):
        return None


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _quietly_kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def _family_rss(process: psutil.Process, apart: set[int]) -> int:
    children = [child for child in _children(process) if child.pid not in apart]
    return _rss(process) + sum(_family_rss(child, apart) for child in children)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _rss(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
