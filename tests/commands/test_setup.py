"""`make setup`: what it prepares, and what it says when Spark could not be trained."""

import pytest

from include.commands import setup


@pytest.fixture
def chosen(own_cache, monkeypatch):
    """The test's own cache, as the one that the commands use."""
    monkeypatch.setenv("LOCAL_WORKSPACE_CACHE", str(own_cache))
    return own_cache


def test_nothing_is_said_or_done_again_when_all_is_there(capsys):
    assert setup.main() == 0
    assert capsys.readouterr() == ("", "")


def test_without_a_start_cache_everything_else_is_ready(chosen, capsys):
    (chosen / "start").write_text("no folder")
    assert setup.main() == 0
    said = capsys.readouterr()
    assert "Training Spark for quick starts" in said.out
    assert "Spark's start cache was not made, so Spark starts slower; `make setup` tries again." in said.err
    assert str(chosen / "start") in said.err


def test_a_jar_that_cannot_be_had_ends_the_setup(chosen, monkeypatch, capsys):
    (chosen / "jars").unlink()
    monkeypatch.setenv("MAVEN_REPOSITORY_URL", "http://127.0.0.1:9/nothing")
    assert setup.main() == 1
    assert "Preparing the engines failed: " in capsys.readouterr().err
