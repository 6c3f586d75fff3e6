"""Days in any order, files that come twice, events that come late: the same tables, and every planted defect found."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from include.payments import gold, names, verification
from include.payments.simulator import Settings, land, prepare_folders
from tests.notebooks.platform import Platform

FIRST = date(2026, 11, 1)
DAYS = 4
SETTINGS = Settings(80, 11, duplicate_rate=0.1, malformed_rate=0.1, late_rate=0.15)
SILVER = f"SELECT * EXCEPT (_ingested_at, _source_file, _processed_at) FROM {names.SILVER_TABLE} ORDER BY ALL"
QUARANTINE = f"SELECT reason, raw_record, transaction_id, event_date FROM {names.QUARANTINE_TABLE} ORDER BY ALL"
CHECKOUT = f"SELECT * EXCEPT (_created_at) FROM {names.SMART_CHECKOUT_TABLE} ORDER BY ALL"
DECISIONS = f"""
    SELECT transaction_id, event_date, decision_type, decision_timestamp, to_json(request_context),
      to_json(decision_response)
    FROM {names.DECISION_LOG_TABLE} ORDER BY ALL"""
Delivery = tuple[int, bool]
"""A day's files (0 is the first day), or its events once more under another name."""


def contents(platform: Platform) -> dict[str, list]:
    """Every table, without the times of loading; sketches are left out, their bytes depend on the order of rows."""
    found = {query.split("FROM ")[1].split()[0]: platform.sql(query)
             for query in (SILVER, QUARANTINE, CHECKOUT, DECISIONS)}  # fmt: skip
    for task in gold.tables():
        kept = ", ".join(verification.comparable_columns(task.file))
        found[task.file.name] = platform.sql(f"SELECT {kept} FROM {task.file.name} ORDER BY ALL")
    return found


def load(platform: Platform, nights: list[list[Delivery]]) -> None:
    """One update and one refresh of gold for each night."""
    prepare_folders(platform.landing, FIRST + timedelta(days=DAYS))
    for number, night in enumerate(nights):
        for day, again in night:
            events = land(platform.landing, FIRST + timedelta(days=day), SETTINGS).manifest["files"][0]["path"]
            if again:
                copy = platform.landing / names.INBOX / f"again-{number}-{day}.parquet"
                copy.write_bytes((platform.landing / events).read_bytes())
        platform.update()
        gold.refresh(platform.execute)


@pytest.fixture(scope="module")
def in_order(workspace) -> dict[str, list]:
    platform = Platform(workspace, "bronze_ingest", "silver_transform")
    load(platform, [[(day, False)] for day in range(DAYS)])
    return contents(platform)


@st.composite
def orders(draw) -> list[list[Delivery]]:
    """All days in some order, some of them twice, in two or three nights."""
    once = draw(st.permutations([(day, False) for day in range(DAYS)]))
    repeats = draw(st.lists(st.tuples(st.integers(0, DAYS - 1), st.just(True)), min_size=1, max_size=2))
    deliveries = [*once, *repeats]
    cuts = sorted(draw(st.sets(st.integers(1, len(deliveries) - 1), min_size=1, max_size=2)))
    return [deliveries[start:end] for start, end in zip([0, *cuts], [*cuts, len(deliveries)], strict=True)]


@settings(max_examples=1, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
@example(nights=[[(3, False)], [(1, False)], [(3, True), (2, False), (0, False)]])
@given(nights=orders())
def test_any_order_gives_the_tables_of_days_in_order(workspace, in_order, nights):
    platform = Platform(workspace, "bronze_ingest", "silver_transform")
    load(platform, nights)
    found = contents(platform)
    for table, rows in in_order.items():
        assert found[table] == rows, table
    assert len(found[names.SILVER_TABLE]) == DAYS * SETTINGS.events_per_day


def test_verify_accounts_for_every_planted_defect(workspace):
    platform = Platform(workspace, "bronze_ingest", "silver_transform")
    prepare_folders(platform.landing, FIRST)
    planted = Settings(20_000, 5, duplicate_rate=0.001, malformed_rate=0.001, late_rate=0.005)
    manifest = land(platform.landing, FIRST, planted).manifest
    platform.update()
    touched = [day for dates in gold.refresh(platform.execute).dates.values() for day in dates]

    landed = verification.landed(platform.execute, manifest)
    found = {check.name: check for check in verification.checks(platform.execute, touched, str(FIRST))}
    assert (landed.wrong, landed.detail) == (
        0, "20000 of 20000 events, 20 of 20 repeats, 20 of 20 malformed, 100 of 100 late",
    )  # fmt: skip
    repeats = found["every usable record of bronze is in silver"]
    assert (repeats.wrong, repeats.detail) == (0, "20020 records arrived, 20 of them repeats")
    refused = found["every unusable record is in quarantine"]
    assert (refused.wrong, refused.detail) == (0, "20 refused, 20 kept")
    assert not [check for check in found.values() if check.wrong and "table and view" not in check.name]

    late = {"transaction_id": "late", "merchant_id": "m_1", "amount": 5, "currency": "USD", "is_approved": True,
            "event_timestamp": f"{FIRST}T10:00:00"}  # fmt: skip
    (platform.landing / names.INBOX / "late.jsonl").write_text(json.dumps(late))
    platform.update()
    assert gold.waiting(platform.execute) == {str(FIRST)}
    early = verification.checks(platform.execute, [], str(FIRST))
    assert [check.name for check in early if check.wrong and check.name.startswith("gold_payments_daily")]
    patient = verification.checks(platform.execute, [], str(FIRST), gold.waiting(platform.execute))
    assert not [check for check in patient if check.name.startswith("gold_")]
    gold.refresh(platform.execute)
    assert gold.waiting(platform.execute) == frozenset()

    platform.sql(f"DELETE FROM {names.BRONZE_TABLE} WHERE event_date < '{FIRST}' AND amount > 100")
    assert verification.landed(platform.execute, manifest).wrong > 0
