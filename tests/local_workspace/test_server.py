"""The front door: token, routes that are not served, error bodies, faults; no engine is needed."""

import pytest
from fastapi.testclient import TestClient

from include.local_workspace import auth
from include.local_workspace.context import Workspace
from include.local_workspace.paths import Home
from include.local_workspace.server import create_app

TOKEN = "local-test-token"


@pytest.fixture
def client(tmp_path):
    workspace = Workspace(Home(tmp_path), "http://127.0.0.1:1", TOKEN, {})
    client = TestClient(create_app(workspace), raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    yield client
    workspace.store.close()


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic local-test-token", "local-test-token"])
def test_refuses_every_call_without_the_token(client, header):
    client.headers.pop("Authorization")
    headers = {"Authorization": header} if header is not None else {}

    answer = client.get("/api/2.0/preview/scim/v2/Me", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error_code"] == "UNAUTHENTICATED"
    assert TOKEN not in answer.text


def test_says_who_i_am_and_which_workspace(client):
    answer = client.get("/api/2.0/preview/scim/v2/Me")

    assert answer.json()["userName"] == "you@local.workspace"
    assert answer.headers["X-Databricks-Org-Id"] == "1"


@pytest.mark.parametrize("call", ["GET /api/2.0/secrets/list", "POST /api/2.0/nothing", "PUT /health"])
def test_a_route_that_is_not_served_is_501_and_names_itself(client, call):
    method, path = call.split()

    answer = client.request(method, path)

    assert answer.status_code == 501
    assert path in answer.json()["message"]


@pytest.mark.parametrize("path", ["/api/2.0/fs/files/Volumes/a%0Ab", "/api/2.0/%00", "/%0D"])
def test_a_path_with_a_control_character_is_refused(client, path):
    answer = client.put(path)

    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_body_that_is_not_json_is_refused(client):
    answer = client.post("/api/2.0/sql/warehouses", content=b"{no", headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["error_code"] == "MALFORMED_REQUEST"


def test_planted_status_acts_on_the_asked_call_only(client):
    client.post("/_faults", json={"pattern": "GET /api/2.0/sql/warehouses", "kind": "status", "status": 429, "skip": 1})

    codes = [client.get("/api/2.0/sql/warehouses").status_code for _ in range(4)]

    assert codes == [200, 429, 200, 200]


def test_planted_fault_can_come_after_the_effect(client):
    client.post(
        "/_faults",
        json={"pattern": "POST /api/2.0/sql/warehouses", "kind": "status", "status": 503, "after_effect": True},
    )

    answer = client.post("/api/2.0/sql/warehouses", json={"name": "made anyway"})

    assert answer.status_code == 503
    assert [found["name"] for found in client.get("/api/2.0/sql/warehouses").json()["warehouses"]] == ["made anyway"]


def test_faults_need_the_token(client):
    answer = client.post("/_faults", json={"pattern": "*", "kind": "delay"}, headers={"Authorization": "Bearer no"})

    assert answer.status_code == 401


def test_signed_links_expire_and_cannot_be_changed():
    key = b"k" * 32
    link = auth.sign(key, "/statements/1/0", seconds=60)
    query = dict(pair.split("=") for pair in link.split("?")[1].split("&"))

    assert auth.verify(key, "/statements/1/0", query["expires"], query["signature"])
    assert not auth.verify(key, "/statements/1/1", query["expires"], query["signature"])
    assert not auth.verify(key, "/statements/1/0", str(int(query["expires"]) + 1), query["signature"])
    assert not auth.verify(b"other", "/statements/1/0", query["expires"], query["signature"])
    old = dict(pair.split("=") for pair in auth.sign(key, "/a", seconds=-1).split("?")[1].split("&"))
    assert not auth.verify(key, "/a", old["expires"], old["signature"])
