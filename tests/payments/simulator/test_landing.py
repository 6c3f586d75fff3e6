import json
import zlib
from dataclasses import replace
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.payments import files, names
from include.payments.simulator import Settings, land, land_days, prepare_folders, truth
from include.payments.simulator.landing import COMPLETED, KEPT, PRESENT, WRITTEN

DAY = date(2026, 11, 1)
PLANTED = Settings(500, 7, duplicate_rate=0.02, malformed_rate=0.03, late_rate=0.05)


def contents(root) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@given(st.integers(0, 2**31), st.integers(1, 60), st.sampled_from([0.0, 0.1]))
@settings(max_examples=15, deadline=None)
def test_equal_settings_land_equal_bytes_once(tmp_path_factory, seed, events, rate):
    wanted = Settings(events, seed, rate, rate, rate)
    one, other = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")
    assert land(one, DAY, wanted).status == land(other, DAY, wanted).status == WRITTEN
    before = contents(one)
    assert before == contents(other)
    assert land(one, DAY, wanted).status == PRESENT
    assert contents(one) == before


def test_the_manifest_says_what_is_there(tmp_path):
    manifest = land(tmp_path, DAY, PLANTED).manifest
    assert manifest == json.loads((tmp_path / "manifests/2026-11-01.json").read_text())
    parquet, lines = (tmp_path / file["path"] for file in manifest["files"])
    ids = pq.read_table(parquet, columns=["transaction_id"])["transaction_id"].to_pylist()
    assert len(ids) == manifest["files"][0]["rows"] == 510
    assert len(set(ids)) == manifest["events"] == 500
    assert sum(zlib.crc32(an_id.encode()) for an_id in set(ids)) == manifest["ids_crc32_sum"]
    assert len(lines.read_text().splitlines()) == manifest["malformed"] == 15
    assert manifest["rows"] == 525
    assert manifest["events_by_date"].pop("2026-11-01") == 475
    assert sum(manifest["events_by_date"].values()) == 25
    assert all(files.sha256(tmp_path / file["path"]) == file["sha256"] for file in manifest["files"])


def test_a_day_keeps_its_events_when_the_settings_change(tmp_path):
    land(tmp_path, DAY, PLANTED)
    before = contents(tmp_path)
    landed = land(tmp_path, DAY, replace(PLANTED, seed=8))
    assert landed.status == KEPT
    assert landed.manifest["settings"]["seed"] == 7
    assert contents(tmp_path) == before


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"half")])
def test_what_a_dead_process_left_is_completed_from_the_manifest(tmp_path, damage):
    manifest = land(tmp_path, DAY, PLANTED).manifest
    before = contents(tmp_path)
    damage(tmp_path / manifest["files"][0]["path"])
    assert land(tmp_path, DAY, replace(PLANTED, events_per_day=9)).status == COMPLETED
    assert contents(tmp_path) == before


def test_a_file_that_cannot_be_made_again_says_what_to_do(tmp_path):
    manifest = land(tmp_path, DAY, PLANTED).manifest
    (tmp_path / manifest["files"][0]["path"]).unlink()
    path = tmp_path / "manifests/2026-11-01.json"
    path.write_text(path.read_text().replace(manifest["files"][0]["sha256"], "0" * 64))
    with pytest.raises(RuntimeError, match="restore the file, or delete the manifest of 2026-11-01"):
        land(tmp_path, DAY, PLANTED)


def test_history_fills_only_days_without_events(tmp_path):
    theirs = tmp_path / "daily/2026-10-30/theirs.parquet"
    files.write(theirs, b"somebody else's")
    wanted = Settings(50, 1)
    days = [(str(done.day), done.status) for done in land_days(tmp_path, DAY, 3, wanted)]
    assert days == [("2026-10-29", WRITTEN), ("2026-10-31", WRITTEN), ("2026-11-01", WRITTEN)]
    again = list(land_days(tmp_path, date(2026, 11, 2), 3, wanted))
    assert [(str(done.day), done.status) for done in again][-1] == ("2026-11-02", WRITTEN)
    assert {done.status for done in again[:-1]} == {PRESENT}


def test_days_in_any_order_land_the_same_files(tmp_path):
    wanted = Settings(50, 1)
    for name, order in (("forwards", (1, 2, 3)), ("backwards", (3, 2, 1))):
        for day in order:
            list(land_days(tmp_path / name, date(2026, 11, day), 2, wanted))
    assert contents(tmp_path / "forwards") == contents(tmp_path / "backwards")


def test_folders_and_dimensions_are_prepared_once(tmp_path):
    prepare_folders(tmp_path, DAY)
    before = contents(tmp_path)
    prepare_folders(tmp_path, DAY)
    assert contents(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == {*names.LANDING_FOLDERS, names.DIMENSIONS}
    assert {name.rsplit("-", 1)[0] for name in before} == {
        "merchants/merchants", "dimensions/issuers", "dimensions/cards", "dimensions/routes",
    }  # fmt: skip


def test_merchants_land_again_when_one_was_onboarded(tmp_path):
    for day in (DAY, DAY + timedelta(days=28)):
        prepare_folders(tmp_path, day)
    first, second = sorted(pq.read_table(path).num_rows for path in (tmp_path / names.MERCHANTS).iterdir())
    assert second == first + 1


def test_seasons_set_the_size_of_a_day_only_when_asked(tmp_path):
    friday, sunday = date(2026, 11, 27), date(2026, 11, 29)
    rows = [land(tmp_path, day, Settings(400, 1, seasonal=True)).manifest["events"] for day in (friday, sunday)]
    assert rows[0] > 1.5 * rows[1] > 400
    assert Settings(400, 1).events_on(friday) == Settings(400, 1).events_on(sunday) == 400


def test_the_truth_lies_beside_the_events_under_a_root_of_its_own(tmp_path):
    raw, apart = tmp_path / "raw", tmp_path / "apart"
    manifest = land(raw, DAY, PLANTED, apart).manifest
    delivered = pq.read_table(raw / manifest["files"][0]["path"], columns=["transaction_id"])
    table = pq.read_table(apart / "events/2026-11-01.parquet")
    assert set(table["transaction_id"].to_pylist()) == set(delivered["transaction_id"].to_pylist())
    assert table.num_rows == manifest["events"]
    assert json.loads((apart / "calendar/2026-11-01.json").read_text())["date"] == "2026-11-01"
    assert not [name for name in contents(raw) if "truth" in name or "calendar" in name]


def test_a_missing_truth_is_written_for_the_settings_that_the_day_has(tmp_path):
    raw, apart = tmp_path / "raw", tmp_path / "apart"
    land(raw, DAY, PLANTED)
    assert land(raw, DAY, replace(PLANTED, seed=8), apart).status == KEPT
    table = pq.read_table(apart / "events/2026-11-01.parquet")
    assert table.equals(truth(DAY, PLANTED.events_per_day, PLANTED.seed))


def test_no_truth_is_made_up_for_the_days_of_another_world(tmp_path):
    raw, apart = tmp_path / "raw", tmp_path / "apart"
    land(raw, DAY, PLANTED)
    path = raw / "manifests/2026-11-01.json"
    path.write_text(path.read_text().replace(f'"version": {PLANTED.version}', '"version": 1'))
    assert land(raw, DAY, PLANTED, apart).status == KEPT
    assert not apart.exists()


@pytest.mark.parametrize(
    "wrong", [{"events_per_day": 0}, {"seed": -1}, {"late_rate": 0.6}, {"duplicate_rate": -0.1}, {"malformed_rate": 9}]
)
def test_wrong_settings_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**({"events_per_day": 10, "seed": 1} | wrong))


def test_a_negative_history_is_refused(tmp_path):
    with pytest.raises(ValueError, match="history_days"):
        list(land_days(tmp_path, DAY, -1, PLANTED))
