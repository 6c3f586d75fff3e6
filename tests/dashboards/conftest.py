"""The twelve files; and, filled and asked once, the workspace that answers their datasets."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from include.checks.dashboards import PROJECT

from .house import Answer, House, duck_table

FILES = sorted((PROJECT / "dashboards").glob("*.lvdash.json"))
BOARDS = {path.name.split(".")[0]: json.loads(path.read_text()) for path in FILES}
DATASETS = [(name, dataset["name"]) for name, board in BOARDS.items() for dataset in board["datasets"]]


@pytest.fixture(scope="session")
def house(workspace, tmp_path_factory) -> House:
    """Sixteen days of payments with everything made from them. For reading only."""
    made = House(workspace, Path(tmp_path_factory.mktemp("events")))
    made.fill()
    return made


@pytest.fixture(scope="session")
def answers(house) -> dict[tuple[str, str], Answer]:
    """What the warehouse gives for every dataset; a dataset that fails, fails here with its name."""
    found = {}
    for name, board in BOARDS.items():
        for dataset in board["datasets"]:
            try:
                found[name, dataset["name"]] = house.ask("".join(dataset["queryLines"]))
            except Exception as error:
                raise AssertionError(f"{name}, dataset {dataset['name']}: {error}") from error
    return found


@pytest.fixture(scope="session")
def duck(answers) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with a table for each answer, named `board.dataset`."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for (board, dataset), answer in answers.items():
        duck_table(connection, f"{board}.{dataset}", answer)
    yield connection
    connection.close()
