"""The Files API on volumes: streamed both ways, in parts, by range; nothing outside the volume is touched."""

import hashlib
import io
import os
import threading

import pytest
import requests
from databricks.sdk.errors import AlreadyExists, BadRequest, InvalidParameterValue, NotFound
from databricks.sdk.service.catalog import VolumeType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.local_workspace.engines.process import wait_until
from tests.conftest import CATALOG

ALL = b"0123456789"
NAMES = ["plain.txt", "with space.txt", "ümlaut.txt", "a+b&c=d#e?.txt", "100%.txt", "deep/er/x.txt"]


@pytest.fixture(scope="module")
def base(workspace):
    """A volume of its own for this module."""
    name = f"files_{os.getpid()}"
    workspace.client.volumes.create(CATALOG, "default", name, VolumeType.MANAGED)
    return f"/Volumes/{CATALOG}/default/{name}"


@pytest.fixture
def http(workspace):
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {workspace.token}"
    return session


def url(workspace, path: str) -> str:
    return f"{workspace.host}/api/2.0/fs/files{path}"


def on_disk(workspace, base: str):
    return workspace.home / "volumes" / base.removeprefix("/Volumes/")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_comes_back_as_it_went(workspace, base, name):
    workspace.client.files.upload(f"{base}/{name}", io.BytesIO(b"content"))

    told = workspace.client.files.get_metadata(f"{base}/{name}")
    assert (told.content_length, told.content_type) == (7, "application/octet-stream")
    assert told.last_modified.endswith("GMT")
    assert workspace.client.files.download(f"{base}/{name}").contents.read() == b"content"


def test_an_existing_file_stays_unless_overwrite(workspace, base):
    workspace.client.files.upload(f"{base}/once", io.BytesIO(b"first"))

    with pytest.raises(AlreadyExists, match="overwrite=true"):
        workspace.client.files.upload(f"{base}/once", io.BytesIO(b"second" * 1_000_000))
    assert workspace.client.files.download(f"{base}/once").contents.read() == b"first"
    workspace.client.files.upload(f"{base}/once", io.BytesIO(b"second"), overwrite=True)
    assert workspace.client.files.download(f"{base}/once").contents.read() == b"second"


@pytest.mark.parametrize("parallel", [True, False])
def test_a_large_file_goes_up_in_parts_and_comes_down_whole(workspace, base, parallel, tmp_path):
    content = os.urandom(1 << 20) * 60
    path = f"{base}/large-{parallel}"
    workspace.client.files.upload(path, io.BytesIO(content), use_parallel=parallel)
    workspace.client.files.download_to(path, str(tmp_path / "down"))

    assert hashlib.file_digest((tmp_path / "down").open("rb"), "sha256").digest() == hashlib.sha256(content).digest()
    assert not [name for name in os.listdir(workspace.home / "volumes" / ".uploads") if name.startswith("parts-")]


def test_an_upload_in_parts_checks_parts_and_overwrite(workspace, base, http):
    path = f"{base}/parts"
    started = http.post(url(workspace, path), params={"action": "initiate-upload"}).json()
    token = started["multipart_upload"]["session_token"]
    asked = {"path": path, "session_token": token, "start_part_number": 1, "count": 2}
    links = http.post(f"{workspace.host}/api/2.0/fs/create-upload-part-urls", json=asked).json()["upload_part_urls"]
    assert [link["part_number"] for link in links] == [1, 2]
    etag = requests.put(links[0]["url"], data=b"abc").headers["ETag"]
    assert requests.put(links[0]["url"] + "x", data=b"abc").status_code == 403

    complete = {"action": "complete-upload", "session_token": token}
    wrong = http.post(url(workspace, path), params=complete, json={"parts": [{"part_number": 1, "etag": "other"}]})
    assert wrong.status_code == 400
    assert "Part 1" in wrong.json()["message"]
    done = http.post(url(workspace, path), params=complete, json={"parts": [{"part_number": 1, "etag": etag}]})
    assert done.status_code == 200
    assert workspace.client.files.download(path).contents.read() == b"abc"
    assert http.post(url(workspace, path), params={"action": "initiate-upload"}).status_code == 409


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=2-4", 206, b"234"), ("bytes=7-", 206, b"789"), ("bytes=-3", 206, b"789"), ("bytes=0-99", 200, ALL),
        ("bytes=10-", 416, b""), ("bytes=5-2", 416, b""), ("bytes=-0", 416, b""), ("lines=1-2", 200, ALL),
        ("bytes=1-2,4-5", 200, ALL),
    ],
)  # fmt: skip
def test_ranges(workspace, base, http, asked, status, content):
    workspace.client.files.upload(f"{base}/ranges", io.BytesIO(ALL), overwrite=True)
    answer = http.get(url(workspace, f"{base}/ranges"), headers={"Range": asked})

    assert (answer.status_code, answer.content) == (status, content)
    if status == 206:
        assert answer.headers["content-range"].endswith("/10")


def test_conditions(workspace, base, http):
    workspace.client.files.upload(f"{base}/conditions", io.BytesIO(b"x"), overwrite=True)
    address = url(workspace, f"{base}/conditions")
    told = http.head(address).headers
    past, future = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"

    assert http.get(address, headers={"If-None-Match": told["etag"]}).status_code == 304
    assert http.get(address, headers={"If-Match": '"other"'}).status_code == 412
    assert http.get(address, headers={"If-Match": told["etag"]}).status_code == 200
    assert http.get(address, headers={"If-Modified-Since": future}).status_code == 304
    assert http.get(address, headers={"If-Modified-Since": past}).status_code == 200
    assert http.get(address, headers={"If-Unmodified-Since": past}).status_code == 412
    assert http.get(address, headers={"If-Unmodified-Since": told["last-modified"]}).status_code == 200
    assert http.get(address, headers={"If-Modified-Since": "yesterday"}).status_code == 200


def test_directories(workspace, base):
    files = workspace.client.files
    files.create_directory(f"{base}/dir/sub")
    files.create_directory(f"{base}/dir/sub")
    for number in range(5):
        files.upload(f"{base}/dir/{number}.txt", io.BytesIO(b"x" * number))

    found = list(files.list_directory_contents(f"{base}/dir", page_size=2))
    assert [one.name for one in found] == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "sub"]
    assert [one.file_size for one in found[:5]] == [0, 1, 2, 3, 4]
    assert (found[5].is_directory, found[5].path) == (True, f"{base}/dir/sub")
    files.get_directory_metadata(f"{base}/dir")
    with pytest.raises(BadRequest, match="not empty"):
        files.delete_directory(f"{base}/dir")
    files.delete_directory(f"{base}/dir/sub")
    with pytest.raises(NotFound):
        files.get_directory_metadata(f"{base}/dir/sub")
    with pytest.raises(AlreadyExists):
        files.create_directory(f"{base}/dir/1.txt")


def test_files_and_directories_are_not_mixed_up(workspace, base):
    files = workspace.client.files
    files.upload(f"{base}/mixed/file", io.BytesIO(b"x"), overwrite=True)
    for call in (
        lambda: files.download(f"{base}/mixed"),
        lambda: files.delete(f"{base}/mixed"),
        lambda: list(files.list_directory_contents(f"{base}/mixed/file")),
        lambda: files.upload(f"{base}/mixed/file/below", io.BytesIO(b"x")),
        lambda: files.upload(base, io.BytesIO(b"x"), overwrite=True),
        lambda: files.delete_directory(base),
    ):
        with pytest.raises((BadRequest, InvalidParameterValue, AlreadyExists)):
            call()
    with pytest.raises(AlreadyExists):
        files.upload(f"{base}/mixed", io.BytesIO(b"x"), overwrite=True)


def test_missing_things_are_404_and_foreign_paths_400(workspace, base):
    files = workspace.client.files
    for call in (
        lambda: files.download(f"{base}/no-such-file"),
        lambda: files.delete(f"{base}/no-such-file"),
        lambda: list(files.list_directory_contents(f"{base}/no-such-folder")),
        lambda: files.upload(f"/Volumes/{CATALOG}/default/no_such_volume/x", io.BytesIO(b"x")),
    ):
        with pytest.raises(NotFound):
            call()
    for path in ("/etc/passwd", "/Volumes/x", f"/Volumes/{CATALOG}/default", "/Volumes/a/b/c;d/x"):
        with pytest.raises(InvalidParameterValue):
            files.upload(path, io.BytesIO(b"x"))


@pytest.mark.parametrize("path", ["%2e%2e/x", "a/%2e%2e/%2e%2e/x", "%2e/x", "a//b", "x%00y", "a%0ab", "x" * 300])
def test_no_path_leaves_the_volume(workspace, base, http, path):
    before = sorted(str(file) for file in (workspace.home / "volumes").rglob("*") if ".uploads" not in str(file))
    prepared = requests.Request("PUT", url(workspace, base)).prepare()
    prepared.url = f"{url(workspace, base)}/{path}"
    prepared.headers.update(http.headers)
    answer = http.send(prepared)
    after = sorted(str(file) for file in (workspace.home / "volumes").rglob("*") if ".uploads" not in str(file))

    assert answer.status_code in (400, 501), answer.text
    assert after == before


def test_a_symbolic_link_leads_nowhere(workspace, base, http, tmp_path):
    (tmp_path / "secret").write_text("secret")
    link = on_disk(workspace, base) / "link"
    link.symlink_to(tmp_path)
    try:
        assert http.get(url(workspace, f"{base}/link/secret")).status_code == 400
        assert http.put(url(workspace, f"{base}/link/new"), data=b"x").status_code == 400
        assert [file.name for file in tmp_path.iterdir()] == ["secret"]
    finally:
        link.unlink()


@given(path=st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_path_is_stored_or_refused(workspace, base, path):
    target = f"{base}/any/{path}"
    try:
        workspace.client.files.upload(target, io.BytesIO(path.encode()), overwrite=True)
    except (BadRequest, AlreadyExists, NotFound):
        return
    assert workspace.client.files.download(target).contents.read() == path.encode()


def test_a_broken_off_upload_leaves_what_was_there(workspace, base, http):
    path = f"{base}/broken-off"
    workspace.client.files.upload(path, io.BytesIO(b"good"))

    def breaks():
        yield b"x" * 3_000_000
        raise RuntimeError("the client dies")

    with pytest.raises(RuntimeError):
        http.put(url(workspace, path), params={"overwrite": "true"}, data=breaks())
    uploads = workspace.home / "volumes" / ".uploads"
    assert wait_until(lambda: not any(file.stat().st_size for file in uploads.iterdir() if file.is_file()), 10)
    assert workspace.client.files.download(path).contents.read() == b"good"


def test_readers_never_see_half_a_file(workspace, base):
    path = f"{base}/replaced"
    contents = [bytes([letter]) * 2_000_000 for letter in b"ab"]
    workspace.client.files.upload(path, io.BytesIO(contents[0]))
    finished = threading.Event()

    def write():
        for turn in range(10):
            workspace.client.files.upload(path, io.BytesIO(contents[turn % 2]), overwrite=True)
        finished.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not finished.is_set():
        assert workspace.client.files.download(path).contents.read() in contents
    writer.join()


def test_download_links_end(workspace, base, http):
    workspace.client.files.upload(f"{base}/linked", io.BytesIO(b"x"), overwrite=True)
    asked = {"path": f"{base}/linked", "expire_time": "2100-01-01T00:00:00Z"}
    link = http.post(f"{workspace.host}/api/2.0/fs/create-download-url", params=asked).json()["url"]

    assert requests.get(link).content == b"x"
    assert requests.get(link.replace("linked", "other")).status_code == 403
    assert requests.get(link.replace("expires=", "expires=1")).status_code == 403
    expired = requests.get(link.replace("expires=", "expires=0&was="))
    assert "Request has expired" in expired.text
