"""The rules of privileges on a store alone."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_workspace.errors import ApiError
from include.local_workspace.store import Store
from include.local_workspace.unity import grants

TABLE = "c.s.t"
privileges = st.lists(st.sampled_from(grants.PRIVILEGES["table"]), unique=True)


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("grants") / "state.db")
    yield SimpleNamespace(store=store)
    store.close()


def held(ws, principal: str) -> list[str]:
    found = grants.assignments(ws, "table", TABLE, principal)
    return found[0]["privileges"] if found else []


@given(st.lists(st.tuples(privileges, privileges), max_size=6))
def test_what_is_held_is_what_was_added_and_not_removed(ws, changes):
    grants.forget(ws, "table", TABLE)
    expected: set[str] = set()
    for add, remove in changes:
        grants.update(ws, "table", TABLE, [{"principal": "p", "add": add, "remove": remove}])
        expected = (set() if "ALL_PRIVILEGES" in remove else expected - set(remove)) | set(add)
        assert held(ws, "p") == sorted(expected)


@pytest.mark.parametrize("kind", list(grants.PRIVILEGES))
def test_privileges_of_other_kinds_are_refused(ws, kind):
    known = set(grants.PRIVILEGES[kind])
    for privilege in {one for some in grants.PRIVILEGES.values() for one in some} - known:
        with pytest.raises(ApiError, match="not applicable"):
            grants.update(ws, kind, "c", [{"principal": "p", "add": [privilege]}])


@pytest.mark.parametrize("change", [{}, {"principal": ""}, {"principal": 5}, "x", None])
def test_a_change_names_its_principal(ws, change):
    with pytest.raises(ApiError, match="principal"):
        grants.update(ws, "table", TABLE, [change])


def test_grants_of_a_dropped_schema_are_forgotten_and_no_others(ws):
    for kind, name in (("schema", "c.gone"), ("table", "c.gone.t"), ("table", "c.gone_not.t"), ("catalog", "c")):
        grants.update(ws, kind, name, [{"principal": "p", "add": ["SELECT"]}])
    grants.forget_below(ws, "c.gone")
    assert not grants.assignments(ws, "schema", "c.gone")
    assert not grants.assignments(ws, "table", "c.gone.t")
    assert grants.assignments(ws, "table", "c.gone_not.t")
    assert grants.assignments(ws, "catalog", "c")
