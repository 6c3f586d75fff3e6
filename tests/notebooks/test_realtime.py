"""The real-time pipeline on a real workspace, run as a triggered update over files of the stream."""

from datetime import date

import pyarrow.parquet as pq

from include.payments import names
from include.payments.simulator import generate
from tests.notebooks.platform import Platform


def test_files_of_the_stream_become_minutes_and_repeats_count_once(workspace):
    platform = Platform(workspace, "realtime_pipeline")
    folder = platform.landing / names.STREAM
    folder.mkdir(parents=True)
    events = generate(date(2026, 11, 1), 600, 5)
    for name, part in (("a", events.slice(0, 400)), ("b", events.slice(300))):
        pq.write_table(part, folder / f"{name}.parquet")
    platform.update()
    assert platform.sql(f"SELECT count(*) FROM {names.STREAM_BRONZE_TABLE}") == [["700"]]
    assert platform.sql(f"SELECT count(*), count(DISTINCT transaction_id) FROM {names.STREAM_SILVER_TABLE}") == [
        ["600", "600"]
    ]
    minutes = platform.sql(f"""
        SELECT sum(transaction_count) BETWEEN 500 AND 600, min(approved_count + declined_count = transaction_count),
               max(window_end - window_start = INTERVAL 1 MINUTE)
        FROM {names.STREAM_METRICS_TABLE}""")
    assert minutes == [["true", "true", "true"]]
    assert platform.sql(f"SELECT count(*) FROM {names.STREAM_ALERTS_TABLE}") == [["0"]]
