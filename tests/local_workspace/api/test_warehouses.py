"""SQL warehouses: created once by name, started, stopped, woken by a statement."""

import uuid

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.sql import State


@pytest.fixture
def warehouse(workspace):
    name = f"w-{uuid.uuid4().hex[:8]}"
    made = workspace.client.warehouses.create(name=name, cluster_size="2X-Small", max_num_clusters=1).result()
    yield made
    workspace.client.warehouses.delete(made.id)


def test_a_new_warehouse_runs_and_is_listed(workspace, warehouse):
    found = {item.id: item for item in workspace.client.warehouses.list()}

    assert found[warehouse.id].state == State.RUNNING
    assert found[warehouse.id].auto_stop_mins == 10
    assert found[warehouse.id].odbc_params.path == f"/sql/1.0/warehouses/{warehouse.id}"


def test_a_second_warehouse_of_the_name_is_an_error(workspace, warehouse):
    with pytest.raises(ResourceAlreadyExists, match=warehouse.name):
        workspace.client.warehouses.create(name=warehouse.name, cluster_size="2X-Small")


def test_a_statement_wakes_a_stopped_warehouse(workspace, warehouse):
    assert workspace.client.warehouses.stop(warehouse.id).result().state == State.STOPPED

    workspace.client.statement_execution.execute_statement("SELECT 1", warehouse.id, wait_timeout="50s")

    assert workspace.client.warehouses.get(warehouse.id).state == State.RUNNING


def test_edit_keeps_what_it_does_not_name(workspace, warehouse):
    workspace.client.warehouses.edit(warehouse.id, name=warehouse.name, auto_stop_mins=25)
    edited = workspace.client.warehouses.get(warehouse.id)

    assert (edited.auto_stop_mins, edited.cluster_size) == (25, "2X-Small")


def test_unknown_sizes_and_ids_are_refused(workspace):
    with pytest.raises(InvalidParameterValue, match="cluster_size"):
        workspace.client.warehouses.create(name="too big", cluster_size="Huge")
    with pytest.raises(NotFound, match="no-such-id"):
        workspace.client.warehouses.get("no-such-id")
