"""`make setup`: what it prepares, and what it says when Spark could not be trained."""

import pytest

from include.commands import setup


@pytest.fixture
def own_cache(cache, tmp_path, monkeypatch):
    """A cache with the machine's jars and extension, and no start cache."""
    for name in ("jars", "extension"):
        (tmp_path / name).symlink_to(cache / name)
    monkeypatch.setenv("LOCAL_WORKSPACE_CACHE", str(tmp_path))
    return tmp_path


def test_nothing_is_said_or_done_again_when_all_is_there(capsys):
    assert setup.main() == 0
    assert capsys.readouterr() == ("", "")


def test_without_a_start_cache_everything_else_is_ready(own_cache, capsys):
    (own_cache / "start").write_text("no folder")
    assert setup.main() == 0
    said = capsys.readouterr()
    assert "Training Spark for quick starts" in said.out
    assert "Spark's start cache was not made, so Spark starts slower; `make setup` tries again." in said.err
    assert str(own_cache / "start") in said.err


def test_a_jar_that_cannot_be_had_ends_the_setup(own_cache, monkeypatch, capsys):
    (own_cache / "jars").unlink()
    monkeypatch.setenv("MAVEN_REPOSITORY_URL", "http://127.0.0.1:9/nothing")
    assert setup.main() == 1
    assert "Preparing the engines failed: " in capsys.readouterr().err
