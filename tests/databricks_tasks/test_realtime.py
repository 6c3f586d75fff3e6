"""The real-time task: the pipeline and what feeds it start, end, fail and are cancelled together."""

import asyncio

import pytest
from airflow.providers.common.compat.sdk import AirflowException

from include.databricks_tasks.realtime import RunFedStreamOperator
from tests.local_workspace.runtime.support import Studio, notebook, studio  # noqa: F401

ENDLESS = "import time\nprint('60 events', flush=True)\nwhile True:\n    time.sleep(0.2)"
SOURCE = """
from pyspark.sql import SparkSession
spark = SparkSession.active()

@dp.table(name='ticks')
def ticks():
    return spark.readStream.format('rate').load()
"""
ENDED = ("COMPLETED", "FAILED", "CANCELED")


class Fed:
    """A continuous pipeline, and the operator that runs it beside a notebook of this cell."""

    def __init__(self, studio: Studio, schema: str, cell: str, event_source: str = "simulator", minutes: int = 60):  # noqa: F811
        self._studio = studio
        self.pipeline_id = studio.pipeline(schema, SOURCE, continuous=True)
        self.path = studio.notebook(cell)
        self.operator = RunFedStreamOperator(
            task_id="run", pipeline_id=self.pipeline_id, minutes=minutes, event_source=event_source,
            tasks=[notebook("feed", self.path)], poll_seconds=0.2,
        )  # fmt: skip

    def run_state(self) -> str:
        """The result of the feeding run once it has ended; empty when there was none."""
        found = [
            run
            for run in self._studio.client.jobs.list_runs(expand_tasks=True)
            if run.tasks and run.tasks[0].notebook_task and run.tasks[0].notebook_task.notebook_path == self.path
        ]
        assert len(found) <= 1
        return self._studio.finish(found[0].run_id)["state"]["result_state"] if found else ""

    def update_states(self) -> list[str]:
        updates = self._studio.client.pipelines.list_updates(self.pipeline_id).updates or []
        return [self._studio.ended(self.pipeline_id, update.update_id) for update in updates]


def test_when_its_time_is_over_both_have_ended(studio, schema, task):  # noqa: F811
    fed = Fed(studio, schema, ENDLESS, minutes=0)
    assert task.run(fed.operator)["update_id"]
    assert fed.run_state() == "CANCELED"
    assert fed.update_states() == ["CANCELED"]


def test_killing_the_task_cancels_both(studio, schema, task):  # noqa: F811
    fed = Fed(studio, schema, ENDLESS)
    deferred = task.until_deferred(fed.operator)
    asyncio.run(deferred.trigger.on_kill())
    assert fed.run_state() == "CANCELED"
    assert fed.update_states() == ["CANCELED"]


def test_a_stream_that_nothing_feeds_any_more_fails_with_the_reason(studio, schema, task):  # noqa: F811
    fed = Fed(studio, schema, "raise RuntimeError('no world today')")
    with pytest.raises(AirflowException, match="nothing feeds it(.|\n)*no world today"):
        task.run(fed.operator)
    assert fed.update_states() == ["CANCELED"]


def test_where_others_land_events_nothing_is_fed(studio, schema, task):  # noqa: F811
    fed = Fed(studio, schema, ENDLESS, event_source="landing", minutes=0)
    task.run(fed.operator)
    assert fed.run_state() == ""


def test_a_retry_adopts_both(studio, schema, task):  # noqa: F811
    fed = Fed(studio, schema, ENDLESS)
    first = task.until_deferred(fed.operator)
    second = task.until_deferred(fed.operator)
    assert second.trigger.watch["run_id"] == first.trigger.watch["run_id"]
    asyncio.run(second.trigger.on_kill())
    assert fed.run_state() == "CANCELED"
    assert len(fed.update_states()) == 1
