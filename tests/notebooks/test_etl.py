"""The simulator notebook and the ETL pipeline on a real workspace: every record is accounted for, each event once."""

import gzip
import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.payments import names, schema, verification
from include.payments.simulator import Settings, land
from tests.notebooks.platform import Platform

DAY = date(2026, 11, 1)
PLANTED = Settings(400, 7, duplicate_rate=0.05, malformed_rate=0.05, late_rate=0.05)
SPARSE = {
    "amount": "12.50", "currency": "EUR", "event_timestamp": "2026-11-01T10:00:00+02:00", "transaction_id": "mine_1",
    "is_approved": "true", "merchant_id": "m_1", "invoice": {"number": 7},
}  # fmt: skip


@pytest.fixture(scope="module")
def platform(workspace) -> Platform:
    made = Platform(workspace, "bronze_ingest", "silver_transform")
    run, output = made.simulate(business_date=str(DAY), events_per_day="300", history_days="1", seed="3")
    assert run["state"]["result_state"] == "SUCCESS", output
    made.first = json.loads(output["notebook_output"]["result"])
    land(made.landing, date(2026, 11, 2), PLANTED)
    made.update()
    return made


def test_the_notebook_reports_what_it_landed(platform):
    assert platform.first["rows"] == platform.first["events"] == 300
    assert platform.first["days_written"] == ["2026-10-31", "2026-11-01"]
    assert platform.first["rows_written"] == 600
    assert platform.first["files"][0].startswith(f"{platform.volume}/daily/2026-11-01/events-")


def test_the_notebook_again_changes_nothing(platform):
    before = {path: path.stat().st_mtime_ns for path in platform.landing.rglob("*") if path.is_file()}
    _, output = platform.simulate(business_date=str(DAY), events_per_day="300", history_days="1", seed="3")
    again = json.loads(output["notebook_output"]["result"])
    assert (again["status"], again["days_written"], again["files"]) == ("present", [], platform.first["files"])
    assert before == {path: path.stat().st_mtime_ns for path in platform.landing.rglob("*") if path.is_file()}


def test_a_bad_date_fails_with_advice(platform):
    run, output = platform.simulate(business_date="01.11.2026")
    assert run["state"]["result_state"] == "FAILED"
    assert "YYYY-MM-DD" in output["error"]


def test_every_record_is_accounted_for(platform):
    bronze, silver, quarantine, checkout = platform.counts().values()
    assert bronze == 600 + 400 + 20 + 20
    assert silver == checkout == 600 + 400
    assert quarantine == 20
    duplicates = platform.sql(
        f"SELECT count(*) - count(DISTINCT transaction_id) FROM {names.BRONZE_TABLE} WHERE _problem IS NULL"
    )
    assert bronze == silver + quarantine + int(duplicates[0][0])


def test_the_quarantine_says_why_and_what(platform):
    rows = platform.sql(f"SELECT reason, raw_record, source_file FROM {names.QUARANTINE_TABLE}")
    reasons = {row[0] for row in rows}
    assert "merchant_id is missing" in reasons
    assert "not a JSON object" in reasons
    assert any("amount cannot be read as DOUBLE" in reason for reason in reasons)
    assert all("bad_" in row[1] and "/malformed-" in row[2] for row in rows)


def test_silver_is_what_was_landed_with_its_types(platform):
    described = platform.sql(f"DESCRIBE {names.SILVER_TABLE}")
    columns = {row[0]: row for row in described[: len(schema.SILVER_FIELDS)]}
    assert [row[0] for row in columns.values()] == schema.names(schema.SILVER_FIELDS)
    for field in schema.SILVER_FIELDS:
        assert columns[field.name][1:3] == [field.type.lower(), field.comment], field.name


def test_silver_follows_the_taxonomy_and_the_links(platform):
    wrong = platform.sql(f"""
        SELECT count_if(is_approved <> (decline_reason_standard IS NULL)),
               count_if(decline_reason = 'FRAUD_SUSPECTED' AND decline_reason_standard <> 'FRAUD_SUSPECTED'),
               count_if(decline_reason_standard = 'OTHER' OR (NOT is_approved AND recommended_action IS NULL)),
               count_if(merchant_country IS NULL OR is_cross_border IS NULL),
               count_if(is_retry <> (previous_attempt_time IS NOT NULL) OR attempt_sequence <> retry_count + 1),
               count_if(service_path = ''), count_if(event_date <> to_date(event_timestamp))
        FROM {names.SILVER_TABLE}""")
    assert wrong == [["0"] * 7]
    linked = platform.sql(f"""
        SELECT count(*), count_if(r.previous_attempt_time = a.event_time AND NOT a.is_approved)
        FROM {names.SILVER_TABLE} r JOIN {names.SILVER_TABLE} a ON a.transaction_id = r.retry_of_transaction_id""")
    assert linked[0][0] == linked[0][1] != "0"


def test_late_duplicate_and_sparse_records_count_once(platform):
    before = platform.counts()
    events = next((platform.landing / "daily/2026-11-01").glob("events-*.parquet"))
    inbox = platform.landing / names.INBOX
    (inbox / "again.parquet").write_bytes(events.read_bytes())
    (inbox / "mine.jsonl").write_text(f"{json.dumps(SPARSE)}\n\n[1, 2]\n{json.dumps(SPARSE)}\n")
    platform.update()
    after = platform.counts()
    grown = {table: after[table] - before[table] for table in after}
    assert grown == dict(zip(grown, (300 + 3, 1, 1, 1), strict=True))
    row = platform.sql(f"""
        SELECT amount, amount_usd, amount_bucket, event_hour, merchant_name, risk_tier, transaction_stage
        FROM {names.SILVER_TABLE} WHERE transaction_id = 'mine_1'""")
    assert row == [["12.5", "13.5", "micro", "8", "Merchant 1", None, "entry_response"]]
    kept = platform.sql(f"SELECT _raw FROM {names.BRONZE_TABLE} WHERE transaction_id = 'mine_1'")
    assert all(json.loads(text[0]) == SPARSE for text in kept)


def test_what_cannot_be_read_is_recorded_and_the_rest_goes_on(platform):
    before = platform.counts()
    events = next((platform.landing / "daily/2026-11-01").glob("events-*.parquet")).read_bytes()
    inbox = platform.landing / names.INBOX
    strange = pa.table({"transaction_id": ["odd_1"], "amount": ["not a number"]})
    pq.write_table(strange, inbox / "types.parquet")
    unread = {
        "truncated.parquet": events[: len(events) // 2], "text.parquet": b"no parquet at all",
        "cut.jsonl.gz": gzip.compress(json.dumps(SPARSE).encode() * 9)[:20], "notes.txt": b"hello",
    }  # fmt: skip
    for name, content in {**unread, "empty.jsonl": b"", "empty.parquet": b""}.items():
        (inbox / name).write_bytes(content)
    good = SPARSE | {"transaction_id": "good_1"}
    (inbox / "good.jsonl.gz").write_bytes(gzip.compress(f"{json.dumps(good)}\n".encode()))

    platform.update()

    grown = {table: count - before[table] for table, count in platform.counts().items()}
    assert grown == dict(zip(grown, (2, 1, 1, 1), strict=True))
    found = verification.unread_files(lambda statement, values: platform.sql(statement))
    assert found == sorted(f"{platform.volume}/{names.INBOX}/{name}" for name in unread)


def test_an_update_without_news_changes_no_count(platform):
    before = platform.counts()
    platform.update()
    assert platform.counts() == before
