"""Which source files a pipeline's libraries name. No engine."""

import pytest

from include.local_workspace.engines.updates import libraries
from include.local_workspace.errors import ApiError
from include.local_workspace.paths import Home
from include.local_workspace.runtime.dbruntime.paths import BadPath


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.create()
    for name in ("p/transformations/b.py", "p/transformations/deep/a.py", "p/notes.txt", "q/c.py"):
        (home.files / name).parent.mkdir(parents=True, exist_ok=True)
        (home.files / name).touch()
    return home


def test_patterns_files_and_notebooks_in_order_each_once(home):
    named = [
        {"file": {"path": "/Workspace/q/c.py"}},
        {"glob": {"include": "/Workspace/p/transformations/**"}},
        {"notebook": {"path": "/q/c.py"}},
    ]
    libraries.check(named)
    found = libraries.files(named, home)
    assert found == ["/q/c.py", "/p/transformations/b.py", "/p/transformations/deep/a.py"]


def test_a_pattern_that_matches_nothing_is_an_error(home):
    with pytest.raises(BadPath, match="matches no source file"):
        libraries.files([{"glob": {"include": "/Workspace/none/**"}}], home)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("x", "must be a list"),
        ([{}], "must be one of"),
        ([{"file": {"path": "/a"}, "notebook": {"path": "/b"}}], "must be one of"),
        ([{"maven": {"coordinates": "x"}}], "maven"),
        ([{"file": "/a"}], "absolute workspace path"),
    ],
)
def test_other_libraries_are_refused(given, message):
    with pytest.raises(ApiError, match=message):
        libraries.check(given)
