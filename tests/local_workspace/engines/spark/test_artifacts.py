import hashlib
import http.server
import threading

import pytest

from include.local_workspace.engines.spark.artifacts import SETTING, Artifact, fetch
from include.local_workspace.engines.spark.errors import SparkEngineError

CONTENT = b"jar" * 1000


@pytest.fixture
def mirror(monkeypatch):
    """A Maven repository with one file, `/good.jar`; its address is in the setting."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/maven/good.jar":
                self.send_response(200)
                self.send_header("Content-Length", str(len(CONTENT)))
                self.end_headers()
                self.wfile.write(CONTENT)
            elif self.path == "/maven/short.jar":
                self.send_response(200)
                self.send_header("Content-Length", str(len(CONTENT)))
                self.end_headers()
                self.wfile.write(CONTENT[:10])
            else:
                self.send_error(403)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/maven"
    monkeypatch.setenv(SETTING, url + "/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield url
    server.shutdown()
    server.server_close()


def test_fetches_once(mirror, tmp_path):
    jar = Artifact("good.jar", hashlib.sha256(CONTENT).hexdigest())
    first = fetch(jar, tmp_path / "jars")
    stamp = first.stat().st_mtime_ns
    assert fetch(jar, tmp_path / "jars").stat().st_mtime_ns == stamp
    assert first.read_bytes() == CONTENT


@pytest.mark.parametrize(("path", "why"), [("good.jar", "SHA-256"), ("short.jar", ""), ("missing.jar", "HTTP 403")])
def test_nothing_half_written_stays(mirror, tmp_path, path, why):
    with pytest.raises(SparkEngineError) as refused:
        fetch(Artifact(path, "0" * 64), tmp_path)
    assert why in str(refused.value)
    assert f"{mirror}/{path}" in str(refused.value)
    assert SETTING in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_repository_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv(SETTING, "http://127.0.0.1:1/maven")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(SparkEngineError, match="Cannot download http://127.0.0.1:1/maven/x.jar.*" + SETTING):
        fetch(Artifact("x.jar", "0" * 64), tmp_path)


def test_a_setting_that_is_no_url_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv(SETTING, "file:///etc")
    with pytest.raises(SparkEngineError, match="must be an http"):
        fetch(Artifact("passwd", "0" * 64), tmp_path)
