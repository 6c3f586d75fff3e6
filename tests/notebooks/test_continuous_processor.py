"""The running minutes on a real workspace: right after each batch, and after stops, crashes and repeats."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.databricks_tasks import code_upload
from include.payments import names, running
from include.payments.simulator.paced import pace
from tests.conftest import CATALOG
from tests.local_workspace.runtime.support import notebook, until
from tests.notebooks.platform import Platform

TOTALS = f"SELECT sum(transaction_count), sum(approved_count) FROM {names.RUNNING_VIEW}"


@pytest.fixture(scope="module")
def events(tmp_path_factory) -> pa.Table:
    """900 events of 90 seconds, in the order of their time."""
    folder, clock = tmp_path_factory.mktemp("paced"), [1_793_620_770.0]
    for _ in pace(folder, 10, 90, 7, lambda: clock[0], lambda seconds: clock.append(clock.pop() + seconds)):
        pass
    return pa.concat_tables([pq.read_table(path) for path in sorted((folder / names.STREAM).iterdir())])


class Processor(Platform):
    """A platform with the notebook, the folder that it reads and its checkpoint."""

    def __init__(self, workspace):
        super().__init__(workspace)
        self.stream = self.landing / names.STREAM
        self.stream.mkdir(parents=True)
        volume = self.studio.volume(self.schema, names.CHECKPOINTS)
        self.checkpoint = workspace.home / "volumes" / volume.removeprefix("/Volumes/") / "stream_processor"

    def land(self, name: str, events: pa.Table) -> None:
        part = self.landing / f".{name}.part"
        pq.write_table(events, part)
        part.rename(self.stream / f"{name}.parquet")

    def task(self, **given) -> dict:
        parameters = {"catalog": CATALOG, "schema": self.schema, "code_path": code_upload.on_driver(self.code)}
        path = code_upload.notebook(self.code, "continuous_stream_processor")
        return notebook("process", path, **parameters, **given)

    def once(self) -> None:
        run, outputs = self.studio.run(self.task(trigger_interval="availableNow"))
        assert run["state"]["result_state"] == "SUCCESS", outputs

    def forget_newest_commit(self) -> None:
        """The checkpoint as a kill between the table's commit of a batch and the stream's leaves it."""
        numbers = [int(path.name) for path in (self.checkpoint / "commits").iterdir() if path.name.isdigit()]
        for path in (self.checkpoint / "commits").glob(f"*{max(numbers)}*"):
            path.unlink()

    def expect(self, events: pa.Table) -> None:
        approved = sum(events["is_approved"].to_pylist())
        assert self.sql(TOTALS) == [[str(events.num_rows), str(approved)]]


@pytest.fixture(scope="module")
def processor(workspace, events) -> Processor:
    """After a first run over 500 events, of which 100 came twice, and one that cannot be used."""
    made = Processor(workspace)
    made.land("a", events.slice(200, 400))
    bad = events.slice(899, 1)
    at = bad.schema.get_field_index("transaction_id")
    bad = bad.set_column(at, bad.schema.field(at), pa.array([""]))
    made.land("b", pa.concat_tables([events.slice(500, 200), bad]))
    made.once()
    return made


def test_each_event_counts_once_in_its_minute(processor, events):
    processor.expect(events.slice(200, 500))
    [row] = processor.sql(f"""
        SELECT count(*) - count(DISTINCT window_start, merchant_segment, payment_solution),
               min(window_end - window_start = INTERVAL 1 MINUTE),
               min(approved_count + declined_count = transaction_count),
               min(approval_rate_pct = round(100D * approved_count / transaction_count, 2)),
               min(window_start <= last_event_time AND last_event_time < window_end),
               min(event_date = to_date(window_start) AND event_hour = hour(window_start))
        FROM {names.RUNNING_VIEW}""")
    assert row == ["0", "true", "true", "true", "true", "true"]


def test_sums_are_those_of_the_events(processor, events):
    frame = events.slice(200, 500).to_pandas()
    [row] = processor.sql(f"""
        SELECT round(sum(total_amount), 2), round(sum(fraud_score_sum), 4), sum(fraud_score_count),
               sum(latency_ms_sum), sum(latency_count)
        FROM {names.RUNNING_VIEW}""")
    score, latency = frame.fraud_score, frame.processing_time_ms
    wanted = [frame.amount_usd.sum(), score.sum(), score.count(), latency.sum(), latency.count()]
    assert [float(value) for value in row] == pytest.approx(wanted, rel=1e-6)


def test_every_column_and_the_table_say_what_they_are(processor):
    tables = processor.workspace.client.tables
    for name, fields in ((names.RUNNING_VIEW, running.VIEW_FIELDS), (names.RUNNING_TABLE, running.EVENT_FIELDS)):
        seen = tables.get(f"{CATALOG}.{processor.schema}.{name}")
        assert seen.comment.startswith("Payments of ")
        assert {c.name: c.comment for c in seen.columns} == {f.name: f.comment for f in fields}
    types = tables.get(f"{CATALOG}.{processor.schema}.{names.RUNNING_VIEW}").columns
    assert [c.type_text.upper() for c in types] == [f.type for f in running.VIEW_FIELDS]


def test_a_batch_that_comes_again_after_a_crash_changes_nothing_and_nothing_is_lost(processor, events):
    processor.land("c", events.slice(0, 250))  # Older than those before: time does not move, the batch is the last.
    processor.once()
    processor.forget_newest_commit()
    processor.land("d", events.slice(680, 100))
    processor.once()
    processor.expect(events.slice(0, 780))


def test_a_table_whose_checkpoint_is_gone_is_not_counted_again(processor):
    before = processor.sql(TOTALS)
    elsewhere = f"/Volumes/{CATALOG}/{processor.schema}/{names.CHECKPOINTS}/another"
    run, outputs = processor.studio.run(processor.task(trigger_interval="availableNow", checkpoint_location=elsewhere))
    assert run["state"]["result_state"] == "FAILED"
    assert "every event would be counted again" in outputs["process"]["error"]
    assert processor.sql(TOTALS) == before


def test_days_that_are_old_are_forgotten_and_the_others_stay(processor):
    before, columns = processor.sql(TOTALS), ", ".join(field.name for field in running.EVENT_FIELDS)
    for days in (running.KEEP_DAYS - 1, running.KEEP_DAYS):
        changed = columns.replace("event_date", f"date_sub(event_date, {days})", 1)
        processor.sql(f"""INSERT INTO {names.RUNNING_TABLE} ({columns})
            SELECT {changed} FROM {names.RUNNING_TABLE} WHERE event_date = (SELECT max(event_date)
            FROM {names.RUNNING_TABLE})""")
    processor.once()
    [[count, days]] = processor.sql(f"SELECT count(*), count(DISTINCT event_date) FROM {names.RUNNING_TABLE}")
    assert (int(count), days) == (2 * int(before[0][0]), "2")


def test_a_cancelled_run_is_continued_without_loss_or_doubles(workspace, events):
    processor = Processor(workspace)
    processor.land("a", events.slice(0, 300))
    run_id = processor.studio.submit(processor.task())
    table = f"{CATALOG}.{processor.schema}.{names.RUNNING_VIEW}"
    until(lambda: workspace.client.tables.exists(table).table_exists, bool)
    until(lambda: processor.sql(TOTALS), lambda rows: rows[0][0] is not None)
    processor.land("b", events.slice(300, 300))
    workspace.client.jobs.cancel_run(run_id)
    assert processor.studio.finish(run_id)["state"]["result_state"] == "CANCELED"
    processor.land("c", events.slice(600, 300))
    processor.once()
    processor.expect(events)


def test_it_ends_when_its_time_is_over(workspace, events):
    processor = Processor(workspace)
    processor.land("a", events.slice(0, 10))
    run, outputs = processor.studio.run(processor.task(max_minutes="0.1"))
    assert run["state"]["result_state"] == "SUCCESS", outputs
    told = json.loads(outputs["process"]["notebook_output"]["result"])
    assert told["checkpoint"].endswith("/checkpoints/stream_processor")
