"""The offline check of the Genie file: each planted defect gives its message, the project's file none."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.checks import genie

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "include" / "genie" / "payment_analytics.json").read_text()
SPACE = json.loads(TEXT)


def found(space: dict) -> str:
    return "\n".join(genie.findings_in(json.dumps(space), "g.json", {"v_executive_kpis"} | _TABLES))


_TABLES = {table["identifier"] for table in SPACE["data_sources"]["tables"]}


def test_the_projects_own_file_is_clean():
    assert list(genie.findings(PROJECT)) == []


def test_a_file_that_does_not_parse_is_named_with_its_line():
    [line] = genie.findings_in('{\n"version": 2,,}', "g.json")

    assert line.startswith("g.json:2: not JSON")


@pytest.mark.parametrize(
    ("defect", "message"),
    [
        (lambda s: s.update(version=1), "version is 1, not 2"),
        (
            lambda s: s["config"]["sample_questions"][0].update(id="2" + "0" * 30 + "1"),
            "is that of sample_questions[0]",
        ),
        (lambda s: s["config"]["sample_questions"][0].update(id="short"), "must be 32 lower-case hex digits"),
        (lambda s: s["instructions"]["example_question_sqls"].reverse(), "must be sorted by id"),
        (
            lambda s: s["instructions"]["text_instructions"].append({"id": "5" * 32, "content": ["x"]}),
            "text_instructions has more than one item",
        ),
        (lambda s: s["data_sources"]["tables"].reverse(), "tables must be sorted by identifier"),
        (lambda s: s["data_sources"]["tables"].append({"identifier": "v_zzz"}), "table v_zzz: there is no such"),
        (
            lambda s: s["data_sources"]["tables"][1]["column_configs"].reverse(),
            "table v_active_alerts: column_configs must be sorted",
        ),
        (lambda s: s["instructions"]["example_question_sqls"][0].update(sql=["SELECT ("]), "SQL of 'What is our"),
        (
            lambda s: s["instructions"]["example_question_sqls"][0].update(sql=["SELECT 1 FROM a.b.c"]),
            "a.b.c must be a bare name",
        ),
        (
            lambda s: s["benchmarks"]["questions"][0]["answer"][0].update(content=["SELECT 1 FROM elsewhere"]),
            "elsewhere is not among the tables",
        ),
        (lambda s: s["config"]["sample_questions"][0].update(question=["Why?"]), "'Why?' has no example SQL"),
        (lambda s: s.pop("benchmarks"), "not a space of version 2"),
    ],
)
def test_a_planted_defect_is_found(defect, message):
    space = copy.deepcopy(SPACE)
    defect(space)

    assert message in found(space)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(list(SPACE)), inner, max_size=5)))  # fmt: skip
def test_no_json_makes_the_check_raise(value):
    list(genie.findings_in(json.dumps(value), "g.json"))
