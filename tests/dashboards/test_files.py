"""The twelve files as they are: no finding, readable, and each with its own view on the data."""

import json
from itertools import combinations

import pytest

from include.checks.dashboards import PROJECT, findings

from .conftest import BOARDS, FILES

IDS = {
    "executive_overview", "decline_analysis", "realtime_monitoring", "fraud_risk_analysis", "merchant_performance",
    "routing_optimization", "daily_trends", "authentication_security", "financial_impact", "performance_latency",
    "streaming_data_quality", "global_coverage",
}  # fmt: skip


def test_the_twelve_are_there():
    assert BOARDS.keys() == IDS


def test_the_linter_finds_nothing():
    assert list(findings(PROJECT)) == []


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_a_file_is_written_so_that_changes_can_be_read(path):
    text = path.read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_no_two_dashboards_share_more_than_two_datasets():
    queries = {name: {"".join(one["queryLines"]) for one in board["datasets"]} for name, board in BOARDS.items()}
    for one, other in combinations(queries, 2):
        assert len(queries[one] & queries[other]) <= 2, (one, other)


@pytest.mark.parametrize("name", BOARDS)
def test_datasets_look_back_from_the_data_and_not_from_the_clock(name):
    for dataset in BOARDS[name]["datasets"]:
        sql = "".join(dataset["queryLines"]).lower()
        assert not any(clock in sql for clock in ("current_date", "current_timestamp", "now()", "getdate"))
