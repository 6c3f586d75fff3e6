"""A file of 2 GB and one of a million malformed lines that people dropped, through the ETL pipeline and gold."""

import json
import tempfile
from datetime import date
from pathlib import Path

from bench import Figure
from bench.local import Local, spark_pid
from bench.product import bootstrapped
from include.payments import names
from include.payments.simulator import prepare_folders

_BYTES, _MALFORMED = 2 * 2**30, 1_000_000
_EVENT = {
    "merchant_id": "m_1", "amount": 12.5, "currency": "EUR", "is_approved": True, "geo_country": "BR",
    "event_timestamp": "2026-11-01T10:00:00Z", "own_field": "x" * 1500,
}  # fmt: skip


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, Local(Path(folder)) as local:
        local.start()
        product = bootstrapped(Path(folder) / "workspace", "large")
        pipeline_id = product.pipeline()
        prepare_folders(product.landing, date(2026, 11, 1))
        inbox = product.landing / names.INBOX
        events = _write_events(inbox / "large.jsonl")
        loading = product.to_gold(pipeline_id)
        with (inbox / "malformed.jsonl").open("w") as file:
            file.writelines(f"no record {number}\n" for number in range(_MALFORMED))
        refusing = product.to_gold(pipeline_id)
        [[silver]] = product.execute(f"SELECT count(*) FROM {names.SILVER_TABLE}", {})
        [[quarantined]] = product.execute(f"SELECT count(*) FROM {names.QUARANTINE_TABLE}", {})
        peak = _peak_memory()
    if (int(silver), int(quarantined)) != (events, _MALFORMED):
        raise SystemExit(f"{silver} of {events} events are in silver, {quarantined} of {_MALFORMED} in quarantine")
    return [
        Figure(f"a file of 2 GB, {events} events, to gold", loading, "s"),
        Figure(f"a file of {_MALFORMED} malformed lines", refusing, "s"),
        Figure("largest memory of Spark", peak, "MB", 6000),
    ]


def _write_events(path: Path) -> int:
    """Write a file of `_BYTES`; the number of its events, each with an id of its own."""
    tail = json.dumps(_EVENT)[1:]
    written = number = 0
    with path.open("w") as file:
        while written < _BYTES:
            written += file.write(f'{{"transaction_id": "own_{number}", {tail}\n')
            number += 1
    return number


def _peak_memory() -> float:
    """The most that the Spark server ever held, MB, as Linux counts it."""
    status = Path(f"/proc/{spark_pid()}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024
