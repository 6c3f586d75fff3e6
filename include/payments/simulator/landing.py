"""Landing a day: its files under `daily/<date>` and its manifest, written once and never changed.

The manifest is written first and is the promise: if the process dies before the files are there, the next call makes
the same bytes again and completes them. A day that has a manifest keeps its events, whatever the settings of a later
call.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import files, names
from .defects import make_late, malformed_lines, with_duplicates
from .dimensions import cards, issuers, merchants, routes
from .events import generate
from .ground_truth import calendar_json, truth
from .settings import VERSION, Settings

WRITTEN = "written"
PRESENT = "present"
COMPLETED = "completed"
KEPT = "kept: this day was generated with other settings"


@dataclass(frozen=True)
class Landed:
    """A day that is in the landing folder: what was done for it, and its manifest."""

    day: date
    status: str
    manifest: dict


def land(root: Path, day: date, settings: Settings, truth_root: Path | None = None) -> Landed:
    """Make sure that the events of `day` are under `root` (the raw_data volume), with their manifest.

    With a `truth_root` (a volume of its own) the truth about them is there too, unless an older version of the world
    made them. Raises RuntimeError when files that the manifest promises are damaged and this simulator cannot make them
    again.
    """
    landed = _land_events(root, day, settings)
    if truth_root is not None:
        _land_truth(truth_root, day, landed.manifest)
    return landed


def _land_events(root: Path, day: date, settings: Settings) -> Landed:
    path = root / names.MANIFESTS / f"{day}.json"
    if not path.exists():
        manifest, contents = _make(day, settings)
        files.write(path, (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode())
        for name, content in contents.items():
            files.write(root / name, content)
        return Landed(day, WRITTEN, manifest)
    manifest = json.loads(path.read_text())
    same = manifest["settings"] == asdict(settings)
    broken = [file for file in manifest["files"] if not _intact(root / file["path"], file["sha256"])]
    if broken:
        _complete(root, day, manifest, broken)
        return Landed(day, COMPLETED, manifest)
    return Landed(day, PRESENT if same else KEPT, manifest)


def land_days(
    root: Path, business_date: date, history_days: int, settings: Settings, truth_root: Path | None = None
) -> Iterator[Landed]:
    """Land the business date and, before it, each of the `history_days` that has no events yet, oldest first."""
    if not 0 <= history_days <= 1000:
        raise ValueError(f"history_days must be 0 to 1000, not {history_days}")
    for back in range(history_days, 0, -1):
        day = business_date - timedelta(days=back)
        if (root / names.MANIFESTS / f"{day}.json").exists() or not _has_files(root / names.DAILY / str(day)):
            yield land(root, day, settings, truth_root)
    yield land(root, business_date, settings, truth_root)


def prepare_folders(root: Path, day: date) -> None:
    """Make the folders that the pipelines read; land the merchants onboarded by `day`, and the other dimensions."""
    for folder in names.LANDING_FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    content = _parquet(merchants(day))
    path = root / names.MERCHANTS / f"merchants-{hashlib.sha256(content).hexdigest()[:12]}.parquet"
    if not path.exists():
        files.write(path, content)
    for table in (issuers, cards, routes):
        path = root / names.DIMENSIONS / f"{table.__name__}-v{VERSION}.parquet"
        if not path.exists():
            files.write(path, _parquet(table()))


def _make(day: date, settings: Settings) -> tuple[dict, dict[str, bytes]]:
    """The manifest of a day, and the content of each of its files by path under the landing root."""
    events = generate(day, settings.events_on(day), settings.seed)
    rng = np.random.default_rng((settings.seed, day.toordinal(), 2))
    late, duplicates, malformed = (
        round(events.num_rows * rate) for rate in (settings.late_rate, settings.duplicate_rate, settings.malformed_rate)
    )
    events = make_late(rng, events, late)
    delivered = with_duplicates(rng, events, duplicates)
    folder, digest = f"{names.DAILY}/{day}", settings.digest()
    contents = {f"{folder}/events-{digest}.parquet": _parquet(delivered)}
    rows = [delivered.num_rows]
    if malformed:
        contents[f"{folder}/malformed-{digest}.jsonl"] = malformed_lines(rng, events, malformed)
        rows.append(malformed)
    ids = events["transaction_id"]
    by_day = pc.value_counts(pc.cast(events["event_timestamp"], pa.date32()))
    manifest = {
        "business_date": str(day),
        "settings": asdict(settings),
        "rows": sum(rows),
        "events": len(ids),
        "duplicates": duplicates,
        "malformed": malformed,
        "ids_crc32_sum": sum(zlib.crc32(an_id.encode()) for part in ids.iterchunks() for an_id in part.to_pylist()),
        "events_by_date": {str(c["values"]): c["counts"] for c in by_day.to_pylist()},
        "files": [
            {"path": name, "rows": n, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for n, (name, content) in zip(rows, contents.items(), strict=True)
        ],
    }
    return manifest, contents


def _land_truth(root: Path, day: date, manifest: dict) -> None:
    """Write the truth about a landed day where it is missing."""
    settings = manifest["settings"]
    if settings["version"] != VERSION:
        return
    events, calendar = root / names.TRUTH_EVENTS / f"{day}.parquet", root / names.TRUTH_CALENDAR / f"{day}.json"
    if not events.exists():
        files.write(events, _parquet(truth(day, manifest["events"], settings["seed"])))
    if not calendar.exists():
        files.write(calendar, calendar_json(day, settings["seed"]))


def _complete(root: Path, day: date, manifest: dict, broken: list[dict]) -> None:
    """Write missing or damaged files again, from the settings that the manifest records."""
    try:
        contents = _make(day, Settings(**manifest["settings"]))[1]
    except (TypeError, ValueError) as error:
        raise RuntimeError(f"the manifest of {day} has settings that this simulator does not know: {error}") from error
    for file in broken:
        content = contents.get(file["path"], b"")
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise RuntimeError(
                f"{root / file['path']} is missing or damaged, and this version of the simulator cannot make it again: "
                f"restore the file, or delete the manifest of {day} to generate that day anew"
            )
        files.write(root / file["path"], content)


def _intact(path: Path, sha256: str) -> bool:
    return path.is_file() and files.sha256(path) == sha256


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(not path.name.startswith((".", "_")) for path in folder.iterdir())


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", compression_level=1)
    return sink.getvalue()
