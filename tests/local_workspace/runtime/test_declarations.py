"""What the pipeline functions accept, refuse, and make of their arguments. No engine."""

import pytest

from include.local_workspace.runtime.dbruntime.pipelines import declare as dp
from include.local_workspace.runtime.dbruntime.pipelines.errors import PipelineError
from include.local_workspace.runtime.dbruntime.pipelines.graph import MATERIALIZED_VIEW, STREAMING_TABLE, Graph


@pytest.fixture
def graph(monkeypatch):
    graph = Graph("c", "s")
    monkeypatch.setattr(dp, "_graph", graph)
    return graph


def test_names_and_expectations_whatever_the_order_of_decorators(graph):
    @dp.expect_all_or_fail({"above": "a > 0"})
    @dp.table(name="S2.T", comment="text", partition_cols=["a"])
    @dp.expect("below", "b > 0")
    def anything():
        """Not called."""

    @dp.materialized_view
    def plain():
        """Not called."""

    graph.complete()
    table, view = graph.tables()
    assert (table.name, table.kind, table.comment) == ("c.s2.t", STREAMING_TABLE, "text")
    assert [(rule.name, rule.action) for rule in table.expectations] == [("below", "keep"), ("above", "fail")]
    assert (view.name, view.kind) == ("c.s.plain", MATERIALIZED_VIEW)
    assert graph.find("`c`.`s2`.`T`") is table
    assert graph.find("other.plain") is None


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: dp.table(nmae="x")(print), "no argument nmae"),
        (lambda: dp.table(path="/x")(lambda: None), "path is not served"),
        (lambda: dp.table(row_filter="x")(lambda: None), "row_filter is not served"),
        (lambda: dp.table("name"), "keyword arguments"),
        (lambda: dp.create_sink("k", "kafka", {}), "kafka"),
        (lambda: dp.create_sink("k", "delta", {"path": "/x", "tableName": "y"}), "one option"),
        (lambda: dp.create_auto_cdc_flow("t", "s", ["a"], "b", track_history_column_list=["x"]), "no argument track"),
        (lambda: dp.create_auto_cdc_flow("t", "s", [], "b"), "keys must be"),
        (lambda: dp.create_auto_cdc_flow("t", "s", ["a"], "b", stored_as_scd_type=3), "must be 1 or 2"),
        (lambda: dp.create_auto_cdc_from_snapshot_flow, "not served"),
    ],
)
def test_what_cannot_be_honoured_is_refused(graph, declare, message):
    with pytest.raises(PipelineError, match=message):
        declare()


def test_a_graph_that_makes_no_sense_is_refused(graph):
    with pytest.raises(PipelineError, match="define no dataset"):
        graph.complete()
    dp.create_streaming_table("lonely")
    with pytest.raises(PipelineError, match="c.s.lonely has no flow"):
        graph.complete()
    with pytest.raises(PipelineError, match="defined twice"):
        dp.create_streaming_table("LONELY")
    dp.append_flow(target="elsewhere")(len)
    with pytest.raises(PipelineError, match="does not define"):
        graph.complete()
