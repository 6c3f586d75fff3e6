import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_workspace.engines.spark.names import (
    InvalidNameError,
    check_identifier,
    logical,
    logical_text,
    physical,
    quoted,
)

part = st.from_regex(r"\A[a-z0-9](?:[a-z0-9]|_(?!_)){0,30}[a-z0-9]\Z")


@given(part, part)
def test_physical_names_come_back(catalog, schema):
    assert logical(physical(catalog, schema)) == (catalog, schema)
    assert logical_text(f"`spark_catalog`.`{physical(catalog, schema)}`.`t`") == f"`{catalog}`.`{schema}`.`t`"


@pytest.mark.parametrize("name", ["", "a__b", "_a", "a_", "a.b", "a b", "a;drop", 'a"b', "a`b", "é", "x" * 300, "../x"])
def test_refuses_other_names(name):
    with pytest.raises(InvalidNameError, match="not a valid catalog name: use letters"):
        check_identifier("catalog", name)


def test_names_are_lower_case():
    assert physical("Main", "Sales") == "main__sales"


def test_refuses_names_that_are_too_long_together():
    with pytest.raises(InvalidNameError, match="too long together"):
        physical("c" * 100, "s" * 100)


def test_quotes_backticks():
    assert quoted("a", "b`c") == "`a`.`b``c`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spark_catalog.c__s.t and `spark_catalog`.`c__s`.`t`", "c.s.t and `c`.`s`.`t`"),
        ("view `c__s`.`t` because", "view `c`.`s`.`t` because"),
        ("Cannot drop a schema `c__s` because", "Cannot drop a schema `c`.`s` because"),
        ("CREATE VIEW c__s.v (", "CREATE VIEW c.s.v ("),
        ('{"spark_catalog"."c__s"}', '{"c"."s"}'),
        ("column `a__b`, t.a__b and file:/x/c__s.db/t", "column `a__b`, t.a__b and file:/x/c__s.db/t"),
        ("`c`.`s`.`a__b`.`x`", "`c`.`s`.`a__b`.`x`"),
    ],
)
def test_turns_names_in_texts_back(text, expected):
    assert logical_text(text) == expected
