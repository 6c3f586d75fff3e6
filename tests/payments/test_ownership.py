"""What is ours in the schema: what SQL files make, what the simulator writes, and nothing else."""

import uuid
from datetime import date

import pytest

from include.payments import names, ownership
from include.payments.simulator import Settings, land, paced, prepare_folders

DAY = date(2026, 11, 2)


def test_views_and_tables_are_told_apart_and_miss_no_file():
    from include.payments.sql_files import SQL_FOLDER

    files = {path.stem for folder in ("bootstrap", "gold") for path in (SQL_FOLDER / folder).rglob("*.sql")}
    views, tables = ownership.views(), ownership.tables()

    assert views | tables == files | {names.RUNNING_TABLE, names.RUNNING_VIEW}
    assert not views & tables
    assert {"object_log", "countries", "gold_payments_daily"} <= tables
    assert {"v_approval_kpis", "payment_metrics", "v_incidents_recent"} <= views


def test_every_file_of_the_simulator_is_ours(tmp_path):
    raw, truth = tmp_path / names.RAW_DATA, tmp_path / names.SIMULATOR_TRUTH
    prepare_folders(raw, DAY)
    land(raw, DAY, Settings(events_per_day=50, seed=7, malformed_rate=0.1), truth)
    list(paced.pace(raw, rate=2, seconds=1, seed=7, now=lambda: 1_793_000_000.0, sleep=lambda seconds: None))

    for root in (raw, truth):
        found = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
        assert found
        assert [path for path in found if not ownership.is_landed_by_us(root.name, path)] == []


def test_what_a_killed_write_leaves_is_ours():
    hidden = f"manifests/.2026-11-02.json.{uuid.uuid4().hex}.tmp"

    assert ownership.is_landed_by_us(names.RAW_DATA, hidden)
    assert not ownership.is_landed_by_us(names.RAW_DATA, hidden.replace("2026-11-02", "mine"))


@pytest.mark.parametrize(
    ("volume", "path"),
    [
        (names.RAW_DATA, "inbox/2026-11-02.jsonl"),
        (names.RAW_DATA, "feedback/verdicts.jsonl"),
        (names.RAW_DATA, "daily/2026-11-02/events.parquet"),
        (names.RAW_DATA, "daily/2026-11-02/part-00000.parquet"),
        (names.RAW_DATA, "notes.txt"),
        (names.RAW_DATA, "below/manifests/2026-11-02.json"),
        (names.SIMULATOR_TRUTH, "daily/2026-11-02/events-0123456789ab.parquet"),
        ("reports", "mine.pdf"),
        (names.CHECKPOINTS, "mine/offsets/0"),
        ("elsewhere", "manifests/2026-11-02.json"),
    ],
)
def test_files_of_others_are_not_ours(volume, path):
    assert not ownership.is_landed_by_us(volume, path)
