"""Whatever people drop: everything is counted, nothing is lost silently, and the good rows are loaded."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.payments import names
from include.payments.simulator import prepare_folders
from tests.notebooks.platform import Platform

GOOD = {
    "transaction_id": "good", "merchant_id": "m_1", "amount": 12.5, "currency": "EUR", "is_approved": True,
    "event_timestamp": "2026-11-01T10:00:00Z", "geo_country": "BR",
}  # fmt: skip
DEEP = '{"a":' * 1500 + "1" + "}" * 1500
LINES = 200_000


@pytest.fixture(scope="module")
def platform(workspace) -> Platform:
    made = Platform(workspace, "bronze_ingest", "silver_transform")
    prepare_folders(made.landing, datetime(2026, 11, 1).date())
    return made


def records(**changes) -> str:
    return json.dumps(GOOD | changes)


def quarantined(platform: Platform, file: str) -> dict[str, int]:
    """Records of a file in quarantine by reason."""
    rows = platform.sql(
        f"SELECT reason, count(*) FROM {names.QUARANTINE_TABLE} WHERE contains(source_file, '{file}') GROUP BY 1"
    )
    return {reason: int(count) for reason, count in rows}


def test_every_bad_record_is_quarantined_with_its_reason_and_the_good_ones_are_loaded(platform):
    inbox = platform.landing / names.INBOX
    future = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    bad = {
        "amount is missing or not above 0": [records(amount=-1), records(amount=0), records(amount=1e15)],
        "currency has no known rate and amount_usd is missing": [records(currency="XXQ")],
        "event_timestamp is before 2000 or after 2099": [records(event_timestamp="1970-01-01T00:00:00Z")],
        "event_timestamp is more than a day after the record arrived": [records(event_timestamp=future)],
        "amount cannot be read as DOUBLE; amount is missing or not above 0": [records(amount="12,50")],
        "is_approved cannot be read as BOOLEAN; is_approved is missing": [records(is_approved="perhaps")],
        "transaction_id is missing": [records(transaction_id=" ")],
        "not a JSON object": ["[]", "null", '{"amount": 1', "x;y;z", DEEP],
    }
    good = [
        records(transaction_id="plain"),
        records(transaction_id="unknown country", geo_country="Atlantis"),
        records(transaction_id="unknown currency", currency="XXQ", amount_usd=3),
        '{"transaction_id": "first", ' + records(transaction_id="twice in one record")[1:],
        json.dumps(dict(reversed((GOOD | {"transaction_id": "other order", "own_field": {"deep": [1]}}).items()))),
    ]
    lines = [line for found in bad.values() for line in found] + good
    (inbox / "bad.jsonl").write_text("\r\n".join(lines[:6]) + "\n\n \n" + "\r".join(lines[6:]))
    (inbox / "mark.jsonl").write_bytes(b"\xef\xbb\xbf" + records(transaction_id="after the mark").encode())
    invalid = records(transaction_id="umlaut").encode().replace(b'"BR"', b'"B\xfc"') + b"\n\xff\xfe\x00garbage\n"
    (inbox / "latin1.json").write_bytes(invalid)
    (inbox / "zipped.ndjson.gz").write_bytes(gzip.compress(records(transaction_id="zipped").encode()))
    (inbox / "only blank.jsonl").write_text("\n \n\r\n")
    platform.update()

    assert quarantined(platform, "bad.jsonl") == {reason: len(found) for reason, found in bad.items()}
    assert quarantined(platform, "latin1.json") == {"not a JSON object": 1}
    loaded = {row[0] for row in platform.sql(f"SELECT transaction_id FROM {names.SILVER_TABLE}")}
    assert loaded == {"plain", "unknown country", "unknown currency", "twice in one record", "other order",
                      "after the mark", "umlaut", "zipped"}  # fmt: skip
    counts = platform.counts()
    assert counts[names.BRONZE_TABLE] == len(lines) + 1 + 2 + 1
    [[kept]] = platform.sql(f"SELECT _raw FROM {names.BRONZE_TABLE} WHERE transaction_id = 'other order'")
    assert json.loads(kept)["own_field"] == {"deep": [1]}


def test_parquet_of_any_columns_and_types_is_taken_like_json(platform):
    table = pa.table({
        "Own": pa.array([{"a": 1}] * 4),
        "is_approved": ["true", "false", "true", "true"],
        "amount": ["10.50", "ten", "3", "4"],
        "currency": pa.array(["EUR"] * 4).dictionary_encode(),
        "event_timestamp": pa.array([datetime(2026, 11, 1, 23, 30)] * 4, pa.timestamp("ns", "America/Sao_Paulo")),
        "merchant_id": pa.array([1, 2, 3, 4]),
        "transaction_id": ["own_1", "own_2", "own_3", None],
        "geo_country": pa.array([{"code": "BR"}] * 4),
    })  # fmt: skip
    inbox = platform.landing / names.INBOX
    pq.write_table(table, inbox / "Meine Zahlungen (März).parquet")
    pq.write_table(table.slice(0, 0), inbox / "header only.parquet")
    before = platform.counts()
    platform.update()

    grown = {name: count - before[name] for name, count in platform.counts().items()}
    assert grown == dict(zip(grown, (4, 2, 2, 2), strict=True))
    rows = platform.sql(f"""
        SELECT transaction_id, amount, CAST(is_approved AS STRING), merchant_id, event_time, geo_country
        FROM {names.SILVER_TABLE} WHERE transaction_id LIKE 'own_%' ORDER BY 1""")
    assert [row[:4] for row in rows] == [["own_1", "10.5", "true", "1"], ["own_3", "3.0", "true", "3"]]
    assert {row[4] for row in rows} == {"2026-11-01T23:30:00.000Z"}
    assert {row[5] for row in rows} == {'{"code":"BR"}'}
    reasons = platform.sql(f"SELECT reason FROM {names.QUARANTINE_TABLE} WHERE source_file LIKE '%Meine%' ORDER BY 1")
    assert reasons == [
        ["amount cannot be read as DOUBLE; amount is missing or not above 0"], ["transaction_id is missing"],
    ]  # fmt: skip


def test_many_malformed_lines_hide_no_good_one(platform):
    inbox = platform.landing / names.INBOX
    with (inbox / "many.jsonl").open("w") as file:
        file.writelines(f"no record {number}\n" for number in range(LINES))
        file.write(records(transaction_id="the last line"))
    platform.update()

    assert quarantined(platform, "many.jsonl") == {"not a JSON object": LINES}
    found = platform.sql(f"SELECT count(*) FROM {names.SILVER_TABLE} WHERE transaction_id = 'the last line'")
    assert found == [["1"]]


def test_what_was_quarantined_can_be_repaired_and_sent_again(platform):
    inbox = platform.landing / names.INBOX
    (inbox / "broken.jsonl").write_text(records(transaction_id="repaired", amount="12,50"))
    platform.update()
    [[raw]] = platform.sql(f"SELECT raw_record FROM {names.QUARANTINE_TABLE} WHERE transaction_id = 'repaired'")
    repaired = json.loads(raw) | {"amount": 12.5}
    (inbox / "repaired.jsonl").write_text(json.dumps(repaired))
    platform.update()
    assert platform.sql(f"SELECT amount FROM {names.SILVER_TABLE} WHERE transaction_id = 'repaired'") == [["12.5"]]
