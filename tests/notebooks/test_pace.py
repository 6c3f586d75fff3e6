"""The notebook that paces events: files a second at the rate, progress as it goes, a clean end."""

import json

from include.databricks_tasks import code_upload
from include.payments import names
from tests.conftest import CATALOG
from tests.local_workspace.runtime.support import FINAL, notebook, until
from tests.notebooks.platform import Platform


def _paced(platform: Platform, **given) -> dict:
    parameters = {"catalog": CATALOG, "schema": platform.schema, "code_path": code_upload.on_driver(platform.code)}
    return notebook("pace", code_upload.notebook(platform.code, "pace_transaction_events"), **parameters, **given)


def test_events_come_at_the_rate_with_a_word_every_few_seconds(workspace):
    platform = Platform(workspace)
    run, outputs = platform.studio.run(_paced(platform, events_per_second="20", seconds="6", seed="7"))
    assert run["state"]["result_state"] == "SUCCESS", outputs
    told = json.loads(outputs["pace"]["notebook_output"]["result"])
    assert (told["events"], told["seconds"]) == (120, 6)
    assert told["last_second"] - told["first_second"] == 5
    assert len(list((platform.landing / names.STREAM).glob("events-*.parquet"))) == 6
    assert "100 events in 5 of 6 s, 20 a second" in outputs["pace"]["logs"]
    counted = platform.sql(f"""
        SELECT count(*), count(DISTINCT transaction_id) FROM parquet.`{platform.volume}/{names.STREAM}`""")
    assert counted == [["120", "120"]]


def test_a_cancel_ends_it_and_leaves_whole_files(workspace):
    platform = Platform(workspace)
    folder = platform.landing / names.STREAM
    run_id = platform.studio.submit(_paced(platform, events_per_second="20", seconds="3600", seed="7"))
    until(lambda: list(folder.glob("events-*.parquet")), bool)
    workspace.client.jobs.cancel_run(run_id)
    run = platform.studio.finish(run_id)
    assert run["state"]["life_cycle_state"] in FINAL
    assert run["state"]["result_state"] == "CANCELED"
    files = len(list(folder.glob("events-*.parquet")))
    assert platform.sql(f"SELECT count(*) FROM parquet.`{platform.volume}/{names.STREAM}`") == [[str(20 * files)]]
