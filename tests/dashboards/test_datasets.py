"""Every dataset runs on the local workspace, and every widget has something to show from it."""

import pytest

from include.checks.dashboards.board import Board
from include.checks.dashboards.datasets import kind_of, read_dataset
from include.checks.dashboards.known_tables import known_tables
from include.checks.dashboards.widgets import encoded
from tests.conftest import PROJECT

from .conftest import BOARDS, DATASETS
from .house import widget_rows

PAGE_ROWS = 10_000
"""A page computes its figures from the rows of a dataset; more than these make it slow."""
WIDGETS = [
    (name, place["widget"]["name"], place["widget"])
    for name, board in BOARDS.items()
    for page in board["pages"]
    for place in page["layout"]
    if place["widget"].get("spec")
]
MAY_BE_EMPTY = {
    (name, one["name"])
    for name, board in BOARDS.items()
    for one in board["datasets"]
    if one["displayName"].endswith(" (may be empty)")
}


def _percent_fields(encodings: dict) -> set[str]:
    return {one["fieldName"] for one in encoded(encodings) if one.get("format", {}).get("type") == "number-percent"}


@pytest.mark.parametrize(("board", "dataset"), DATASETS, ids=[f"{board}-{dataset}" for board, dataset in DATASETS])
def test_a_dataset_runs_and_its_rows_fit_a_page(answers, board, dataset):
    answer = answers[board, dataset]
    assert answer.rows or (board, dataset) in MAY_BE_EMPTY
    names = [name for name, _ in answer.columns]
    days = len({row[names.index("event_date")] for row in answer.rows}) if "event_date" in names else 90
    assert len(answer.rows) / days * 90 <= PAGE_ROWS


@pytest.mark.parametrize("board", BOARDS)
def test_columns_and_types_are_those_that_the_linter_reads_from_the_sql(answers, board):
    tables = known_tables(PROJECT)
    for dataset in Board.read(BOARDS[board]).datasets:
        outputs, _ = read_dataset(dataset, tables)
        actual = dict(answers[board, dataset.name].columns)
        assert list(outputs) == list(actual)
        for column, output in outputs.items():
            assert output.kind in ("", kind_of(actual[column])), (dataset.name, column, actual[column])


@pytest.mark.parametrize(("board", "name", "widget"), WIDGETS, ids=[f"{board}-{name}" for board, name, _ in WIDGETS])
def test_a_widget_has_rows_to_show_and_percents_are_shares(duck, board, name, widget):
    for named in widget["queries"]:
        query = named["query"]
        rows = widget_rows(duck, f"{board}.{query['datasetName']}", query)
        if (board, query["datasetName"]) not in MAY_BE_EMPTY:
            assert rows
            for field in query["fields"]:
                assert any(row[field["name"]] is not None for row in rows), field
        for field in _percent_fields(widget["spec"]["encodings"]):
            values = [row[field] for row in rows if row[field] is not None]
            assert all(0 <= float(value) <= 1 for value in values), (field, values)
