"""Step 7 against the local workspace: the file's SQL is the gate, the space is created once and follows the file."""

import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from databricks.sdk.service.dashboards import MessageStatus

from include.databricks_tasks.genie import GenieSpaceOperator, absent, find
from include.databricks_tasks.teardown import genie as teardown
from include.settings import Settings, resolve
from tests.conftest import CATALOG

QUESTION = "How many payments are there?"


def space(sql: str = "SELECT count(*) AS n FROM payments") -> dict:
    return {
        "version": 2,
        "config": {"sample_questions": [{"id": f"1{1:031d}", "question": [QUESTION]}]},
        "data_sources": {"tables": [{"identifier": "payments"}]},
        "instructions": {
            "text_instructions": [{"id": f"3{1:031d}", "content": ["Count."]}],
            "example_question_sqls": [{"id": f"2{1:031d}", "question": [QUESTION], "sql": [sql]}],
        },
        "benchmarks": {
            "questions": [
                {"id": f"4{1:031d}", "question": ["Count them"], "answer": [{"format": "SQL", "content": [sql]}]}
            ]
        },
    }


@dataclass
class Place:
    workspace: object
    settings: Settings
    task: object
    folder: Path

    @property
    def genie(self):
        return self.workspace.client.genie

    def run(self, content) -> dict:
        file = self.folder / "space.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        operator = GenieSpaceOperator(
            task_id="genie_space", file=str(file), warehouse_id=self.workspace.warehouse_id, catalog=CATALOG,
            schema=self.settings.schema,
        )  # fmt: skip
        return self.task.run(operator)

    def found(self):
        return find(self.workspace.client, self.settings)


@pytest.fixture
def place(workspace, schema, task, tmp_path) -> Place:
    unique = uuid.uuid4().hex[:10]
    settings = resolve(
        {"catalog": CATALOG, "schema": schema, "workspace_folder": f"/Shared/{unique}", "genie_space_title": unique}
    )
    workspace.sql("CREATE TABLE payments AS SELECT 1 AS n UNION ALL SELECT 2", schema)
    task.ti.returned = {"prepare.settings": settings.as_dict()}
    return Place(workspace, settings, task, tmp_path)


def test_the_space_is_created_with_qualified_names_and_answers_its_curated_question(place):
    told = place.run(space())

    assert told["change"] == "created"
    made = place.genie.get_space(told["space_id"], include_serialized_space=True)
    assert (made.title, made.parent_path) == (place.settings.genie_space_title, place.settings.workspace_folder)
    content = json.loads(made.serialized_space)
    table = f"{CATALOG}.{place.settings.schema}.payments"
    assert content["data_sources"]["tables"] == [{"identifier": table}]
    assert content["instructions"]["example_question_sqls"][0]["sql"] == [f"SELECT count(*) AS n FROM {table}"]
    message = place.genie.start_conversation_and_wait(told["space_id"], QUESTION)
    assert message.status == MessageStatus.COMPLETED
    rows = place.genie.get_message_attachment_query_result(
        told["space_id"], message.conversation_id, message.message_id, message.attachments[0].attachment_id
    )
    assert rows.statement_response.result.data_array == [["2"]]
    assert list(absent(place.workspace.client, [told])) == []


def test_a_second_run_leaves_it_alone_and_a_changed_file_updates_it(place):
    first = place.run(space())
    etag = place.found().etag

    assert place.run(space()) == {**first, "change": ""}
    assert place.found().etag == etag
    changed = place.run(space("SELECT count(n) AS n FROM payments"))

    assert changed == {**first, "change": "updated"}
    assert place.found().etag != etag


def test_a_change_by_somebody_else_meanwhile_is_a_conflict(place, fault):
    place.run(space())
    fault("PATCH /api/2.0/genie/spaces/*", kind="status", status=409)

    with pytest.raises(AirflowException, match=r"space\.json: "):
        place.run(space("SELECT count(n) AS n FROM payments"))
    assert place.run(space("SELECT count(n) AS n FROM payments"))["change"] == "updated"


def test_every_sql_that_fails_is_named_and_the_space_is_left_alone(place):
    place.run(space())
    etag = place.found().etag
    place.workspace.sql("DROP TABLE payments", place.settings.schema)

    with pytest.raises(AirflowException) as raised:
        place.run(space("SELECT sum(n) AS n FROM payments"))

    found = re.findall(r"space\.json: SQL of '([^']+)': .*payments", str(raised.value))
    assert found == [QUESTION, "Count them"]
    assert place.found().etag == etag


@pytest.mark.parametrize("text", ['{"version": 2,}', "[]", '{"version": 2}'])
def test_a_file_that_is_no_space_is_refused_before_anything_runs(place, text):
    with pytest.raises(AirflowFailException, match=r"space\.json:1: "):
        place.run(text)
    assert place.found() is None


def test_a_space_of_our_title_for_another_schema_is_not_ours(place):
    other = space()
    other["data_sources"]["tables"][0]["identifier"] = "a.b.payments"
    theirs = place.genie.create_space(
        place.workspace.warehouse_id, json.dumps(other), title=place.settings.genie_space_title
    )

    ours = place.run(space())

    assert ours["change"] == "created" and ours["space_id"] != theirs.space_id
    found = teardown.find(place.workspace.client, place.settings)
    for _ in range(2):
        teardown.remove(place.workspace.client, place.settings, found.removes)
    assert place.found() is None
    assert place.genie.get_space(theirs.space_id).title == place.settings.genie_space_title
    [line] = absent(place.workspace.client, [ours])
    assert "is not there for its users" in line
    place.genie.trash_space(theirs.space_id)
