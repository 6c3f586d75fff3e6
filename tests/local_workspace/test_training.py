"""Spark's start cache: servers use the one that `make setup` made, and no other."""

import os
import sys
import uuid
from pathlib import Path

from include.local_workspace import training
from include.local_workspace.engines import process
from include.local_workspace.engines.spark import start_cache
from include.local_workspace.engines.spark.engine import SparkEngine, class_path
from include.local_workspace.serve import free_port


def test_setup_trained_spark_and_the_server_uses_what_was_learned(spark_engine, cache):
    assert training.trained(cache), "run `make setup`; it says why there is no start cache"
    [made] = (cache / "start").iterdir()
    assert str(made) in Path(f"/proc/{spark_engine.pid}/maps").read_text()


def test_training_again_changes_nothing(cache):
    [made] = (cache / "start").iterdir()
    before = made.stat()
    training.train(cache)
    assert made.stat() == before


def test_a_jar_that_changed_needs_another_cache(tmp_path):
    jar = tmp_path / "a.jar"
    jar.write_text("one")
    before = start_cache.file(tmp_path, [jar])
    assert start_cache.file(tmp_path, [jar]) == before
    jar.write_text("other")
    changed = start_cache.file(tmp_path, [jar])
    assert changed != before
    os.utime(jar, (0, 0))
    assert start_cache.file(tmp_path, [jar]) not in (before, changed)


def test_spark_starts_with_a_damaged_cache_and_without_any(tmp_path, own_cache):
    assert not training.trained(own_cache)
    assert start_cache.using(own_cache, class_path(own_cache)) == []
    damaged = start_cache.file(own_cache, class_path(own_cache))
    damaged.parent.mkdir()
    damaged.write_bytes(b"not a cache")
    engine = SparkEngine(tmp_path / "home", own_cache, free_port(), uuid.uuid4().hex)
    engine.start()
    try:
        engine.wait_ready(60)
        assert engine.alive()
    finally:
        engine.stop()


def test_a_training_that_was_killed_leaves_no_server_to_the_next(own_cache, monkeypatch):
    """The server of a training that kill -9 ended lives on, until somebody trains again."""
    left = start_cache.file(own_cache, class_path(own_cache)).parent / "interrupted" / "home" / "pids"
    left.mkdir(parents=True)
    server = process.spawn("spark", [sys.executable, "-c", "import time; time.sleep(600)"], left)

    def recorded(folder: Path, _) -> Path:
        (folder / "part.aot").touch()
        return folder / "part.aot"

    monkeypatch.setattr(training, "_record", recorded)
    training.train(own_cache)
    server.wait(10)
    assert training.trained(own_cache)
    assert [path.suffix for path in left.parents[2].iterdir()] == [".aot"]
