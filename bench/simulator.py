"""How fast the simulator makes events on one core, in how much memory; and whether the paced stream keeps its pace.

Speeds are events by second of CPU time: the simulator uses one core, whatever else the machine does. The hour of the
stream is simulated: its clock counts the time that the work takes, and jumps over what it would sleep.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from bench import Figure
from include.payments.simulator import Settings, generate, land
from include.payments.simulator.paced import pace

_DAY = date(2026, 11, 20)
_RATE, _SECONDS = 1000, 3600
_PEAK = """
import json, resource, sys
from datetime import date
from pathlib import Path
from include.payments.simulator import Settings, generate, land
generate(date(2026, 11, 20), 1_000_000, 7) if sys.argv[1] == "generate" else land(
    Path(sys.argv[2]), date(2026, 11, 20), Settings(1_000_000, 7))
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
"""


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        # First of all: Linux counts what a process held before it started another one as the other's too.
        figures = [
            Figure("memory for a day of 1000000", _peak_mb("generate", folder), "MB", 1000),
            Figure("memory for landing a day of 1000000", _peak_mb("land", folder), "MB"),
        ]
    generate(_DAY, 1000, 7)
    for events, repeats in ((20_000, 5), (1_000_000, 3)):
        seconds = min(_cpu_seconds(events) for _ in range(repeats))
        figures.append(Figure(f"events by CPU second, a day of {events}", events / seconds, "1/s", 300_000))
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        land(Path(folder), _DAY, Settings(20_000, 7), Path(folder) / "truth")
        figures.append(Figure("landing a day of 20000 with its truth, CPU", time.process_time() - began, "s"))
        return figures + _an_hour(Path(folder))


def _cpu_seconds(events: int) -> float:
    began = time.process_time()
    generate(_DAY, events, 7)
    return time.process_time() - began


def _peak_mb(what: str, folder: str) -> float:
    """Largest resident size of a process that does only this."""
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, what, folder], capture_output=True, text=True, check=True, timeout=300
    )
    return json.loads(done.stdout)


class _Clock:
    """Real time, without the sleeping."""

    def __init__(self):
        self._skipped = 0.0

    def now(self) -> float:
        return time.time() + self._skipped

    def sleep(self, seconds: float) -> None:
        self._skipped += seconds


def _an_hour(folder: Path) -> list[Figure]:
    clock = _Clock()
    began = time.perf_counter()
    emitted = list(pace(folder, _RATE, _SECONDS, 7, clock.now, clock.sleep))
    busy = (time.perf_counter() - began) / _SECONDS
    rate = sum(second.events for second in emitted) / len(emitted)
    return [
        Figure("paced stream, events by second over an hour", rate, "1/s", _RATE),
        Figure("paced stream, longest a second's file was late", max(second.behind for second in emitted), "s", 1),
        Figure("paced stream, share of the hour at work", 100 * busy, "%"),
    ]
