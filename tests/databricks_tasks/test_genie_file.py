"""The Genie file: what a space needs, names that are qualified, and every column that its SQL reads."""

import json

import pytest
import sqlglot
from sqlglot import exp

from include.databricks_tasks import genie_file
from include.payments.sql_files import SQL_FOLDER


@pytest.fixture(autouse=True)
def connection():
    """No workspace is needed here."""


@pytest.fixture(scope="module")
def space() -> dict:
    return genie_file.read()


def test_the_space_has_enough_to_answer_and_to_be_judged_by(space):
    assert len(space["instructions"]["example_question_sqls"]) >= 12
    assert len(space["config"]["sample_questions"]) >= 10
    assert len(space["benchmarks"]["questions"]) >= 5
    examples = {question for item in space["instructions"]["example_question_sqls"] for question in item["question"]}
    assert not examples & {item["question"][0] for item in space["benchmarks"]["questions"]}


def test_every_table_is_asked_of(space):
    listed = {table["identifier"] for table in space["data_sources"]["tables"]}
    text = " ".join(sql for _, sql in genie_file.curated(space))

    assert [name for name in listed if name not in text] == []


def test_qualifying_changes_the_names_of_tables_and_nothing_else(space):
    made = genie_file.qualified(space, "cat.sch")

    assert json.dumps(made).replace("cat.sch.", "") == json.dumps(space)
    assert all(table["identifier"].startswith("cat.sch.v_") for table in made["data_sources"]["tables"])
    assert all("FROM cat.sch.v_" in sql for _, sql in genie_file.curated(made))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a FROM t", "SELECT a FROM c.s.t"),
        ("SELECT t.a FROM t JOIN u AS x USING (a)", "SELECT t.a FROM c.s.t JOIN c.s.u AS x USING (a)"),
        ("WITH w AS (SELECT 1 FROM t) SELECT * FROM w", "WITH w AS (SELECT 1 FROM c.s.t) SELECT * FROM w"),
        ("SELECT (SELECT max(n) FROM u) FROM x.y.t", "SELECT (SELECT max(n) FROM c.s.u) FROM x.y.t"),
        ("SELECT id FROM range(5)", "SELECT id FROM range(5)"),
        ("SELECT 'FROM t' -- FROM t\nFROM t", "SELECT 'FROM t' -- FROM t\nFROM c.s.t"),
    ],
)
def test_only_bare_tables_are_qualified(sql, expected):
    assert genie_file.qualified_sql(sql, "c.s") == expected


def _columns_of(name: str) -> set[str]:
    """Columns that a view's file declares."""
    view = sqlglot.parse_one((SQL_FOLDER / "gold" / "views" / f"{name}.sql").read_text(), dialect="databricks")
    return {column.name for column in view.find(exp.Schema).expressions}


def test_every_column_that_its_sql_reads_is_one_of_the_view(space):
    for question, sql in genie_file.curated(space):
        parsed = sqlglot.parse_one(sql, dialect="databricks")
        known = set().union(*(_columns_of(table.name) for table in parsed.find_all(exp.Table)))
        made = {alias.alias for alias in parsed.find_all(exp.Alias)}
        read = {column.name for column in parsed.find_all(exp.Column)}
        assert read - made <= known, question


def test_every_column_that_it_configures_is_one_of_the_view(space):
    for table in space["data_sources"]["tables"]:
        configured = {config["column_name"] for config in table.get("column_configs", [])}
        assert configured <= _columns_of(table["identifier"]), table["identifier"]
