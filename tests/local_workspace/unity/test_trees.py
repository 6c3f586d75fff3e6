"""Paths and names that clients send, without any engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_workspace.errors import ApiError
from include.local_workspace.unity import names, trees


@given(st.text(max_size=60))
def test_a_path_is_refused_or_stays_below_its_folder(tmp_path_factory, path):
    root = tmp_path_factory.getbasetemp()
    try:
        found = trees.below(root, trees.parts(f"/{path}"))
    except ApiError as refused:
        assert (refused.status, refused.code) == (400, "INVALID_PARAMETER_VALUE")
    else:
        assert found.is_relative_to(root)
        assert ".." not in found.relative_to(root).parts


@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_characters="/", exclude_categories=["C"]), min_size=1, max_size=20
        ),
        max_size=5,
    )
)
def test_parts_come_back(parts):
    path = "/" + "/".join(parts)
    if any(part in (".", "..") for part in parts):
        with pytest.raises(ApiError):
            trees.parts(path)
    else:
        assert trees.parts(path) == parts


def test_a_link_that_leads_out_is_refused(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "out").symlink_to(tmp_path)
    (tmp_path / "inside" / "in").symlink_to(tmp_path / "inside")

    with pytest.raises(ApiError, match="symbolic link"):
        trees.below(tmp_path / "inside", ["out", "x"])
    assert trees.below(tmp_path / "inside", ["in", "x"])


@given(st.text(max_size=300))
def test_a_name_is_refused_or_safe_in_sql_and_in_paths(value):
    for what in ("catalog", "schema", "table"):
        try:
            found = names.name(value, what)
        except ApiError as refused:
            assert (refused.status, refused.code) == (400, "INVALID_PARAMETER_VALUE")
            assert what in refused.message
        else:
            assert found.isascii() and found.replace("_", "a").isalnum() and len(found) <= 255
            assert found == value.lower()
            assert what == "table" or "__" not in found


@pytest.mark.parametrize("value", [None, 5, "a.b", "a.b.c.d", "a..c", "a.b.", ".b.c", "a.b.c;d"])
def test_a_full_name_has_all_its_parts(value):
    with pytest.raises(ApiError) as refused:
        names.split(value, "catalog", "schema", "table")
    assert refused.value.code == "INVALID_PARAMETER_VALUE"
