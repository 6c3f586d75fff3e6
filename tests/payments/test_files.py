import hashlib
from pathlib import Path

import pytest

from include.payments import files


def test_volume_paths_follow_the_root(monkeypatch, tmp_path):
    monkeypatch.setenv("VOLUMES_ROOT", str(tmp_path))
    path = files.volume_path("main", "payments", "raw_data")
    assert path == "/Volumes/main/payments/raw_data"
    assert files.local(f"{path}/daily/a-1.parquet") == tmp_path / "main/payments/raw_data/daily/a-1.parquet"


def test_files_may_have_the_names_that_people_give_them(monkeypatch):
    monkeypatch.setenv("VOLUMES_ROOT", "/root")
    assert files.local("/Volumes/a/b/März %20 (1);.parquet") == Path("/root/a/b/März %20 (1);.parquet")


def test_without_a_root_the_path_stays_as_it_is(monkeypatch):
    monkeypatch.delenv("VOLUMES_ROOT", raising=False)
    assert str(files.local("/Volumes/a/b/c")) == "/Volumes/a/b/c"


@pytest.mark.parametrize(
    "path", ["/Volumes/a/../b", "/etc/passwd", "Volumes/a", "/Volumes/a//b", "/Volumes/a/.", "/Volumes/a/x\0y"]
)
def test_paths_out_of_the_volumes_are_refused(path):
    with pytest.raises(ValueError, match="no path of a volume"):
        files.local(path)


@pytest.mark.parametrize("name", ["", "a/b", "..", "a;b", "a b"])
def test_names_that_break_a_path_are_refused(name):
    with pytest.raises(ValueError, match="cannot be part"):
        files.volume_path("main", name, "raw_data")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "day" / "events.parquet"
    files.write(path, b"old")
    with pytest.raises(TypeError):
        files.write(path, "text is not bytes")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert files.sha256(path) == hashlib.sha256(b"old").hexdigest()
