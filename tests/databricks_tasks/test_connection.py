"""The Airflow connection as an SDK client."""

import json

import pytest

from include.commands.airflow_env import connection_json
from include.databricks_tasks.connection import client, get, host


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("http://127.0.0.1:18080", "http://127.0.0.1:18080"),
        ("https://adb-1.2.azuredatabricks.net", "https://adb-1.2.azuredatabricks.net"),
        ("adb-1.2.azuredatabricks.net/", "https://adb-1.2.azuredatabricks.net"),
    ],
)
def test_a_workspace_url_survives_the_connection(monkeypatch, url, seen):
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", json.dumps(connection_json(url, "t")))

    assert host(get("other")) == seen


def test_stray_oauth_variables_do_not_collide_with_the_token(workspace, monkeypatch):
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "stray")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "stray")

    assert client().current_user.me().user_name == "you@local.workspace"
