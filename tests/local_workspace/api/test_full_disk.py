"""A disk that takes no more: uploads answer with what to do, and what was there stays."""

import resource
import threading
from contextlib import contextmanager

import pytest
import requests
import uvicorn

from include.local_workspace.context import Workspace
from include.local_workspace.engines.process import wait_until
from include.local_workspace.paths import Home
from include.local_workspace.server import create_app
from include.local_workspace.unity import anchors

MEGABYTE = 1 << 20


@contextmanager
def files_of_at_most(size: int):
    """This process, and with it the server below, cannot write larger files: the kernel refuses, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def server(tmp_path):
    """A workspace without engines, with the volume c.s.v."""
    workspace = Workspace(Home(tmp_path), "http://127.0.0.1:1", "token", {})
    place = {"catalog_name": "c", "schema_name": "s", "full_name": "c.s.v"}
    workspace.store.insert("volume", "c.s.v", {**place, "anchor": anchors.of_schema(workspace, "c", "s")}, parent="c.s")
    running = uvicorn.Server(uvicorn.Config(create_app(workspace), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=running.run)
    thread.start()
    assert wait_until(lambda: running.started, 30)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", tmp_path
    running.should_exit = True
    thread.join()
    workspace.store.close()


def put(address: str, content: bytes) -> requests.Response:
    return requests.put(
        f"{address}/api/2.0/fs/files/Volumes/c/s/v/f?overwrite=true", data=content,
        headers={"Authorization": "Bearer token"}, timeout=30,
    )  # fmt: skip


def test_a_volume_upload_that_does_not_fit(server):
    address, home = server
    assert put(address, b"before").status_code == 204
    with files_of_at_most(8 * MEGABYTE):
        answer = put(address, b"x" * 20 * MEGABYTE)

    assert answer.status_code == 507
    assert "Free space" in answer.json()["message"]
    assert (home / "volumes/c/s/v/f").read_bytes() == b"before"
    assert list((home / "volumes/.uploads").iterdir()) == []
    assert put(address, b"x" * 20 * MEGABYTE).status_code == 204


def test_a_workspace_file_that_does_not_fit(server):
    address, home = server
    headers = {"Authorization": "Bearer token"}
    form = {"path": "/Shared/big.bin", "format": "RAW", "overwrite": "true"}
    url = f"{address}/api/2.0/workspace/import"
    assert requests.post(url, data=form, files={"content": b"before"}, headers=headers, timeout=30).status_code == 200
    with files_of_at_most(8 * MEGABYTE):
        answer = requests.post(url, data=form, files={"content": b"x" * 9 * MEGABYTE}, headers=headers, timeout=30)

    assert answer.status_code == 507, answer.text
    assert (home / "files/Shared/big.bin").read_bytes() == b"before"
