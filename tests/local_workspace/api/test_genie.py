"""Genie spaces and conversations, driven by databricks-sdk; curated questions run on the real engine."""

import json
import uuid
from datetime import timedelta

import pytest
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    NotImplemented,
    OperationFailed,
    PermissionDenied,
    ResourceConflict,
)
from databricks.sdk.service.dashboards import GenieFeedbackRating, MessageStatus
from hypothesis import given
from hypothesis import strategies as st

from include.local_workspace.api.genie_content import checked, folded
from include.local_workspace.errors import ApiError

QUESTION = "How many payments are there?"
BROKEN = "What is in no table?"
PATIENCE = timedelta(seconds=120)
_KEYS = ("version", "config", "sample_questions", "instructions", "text_instructions", "example_question_sqls", "id",
         "data_sources", "tables", "identifier", "column_configs", "benchmarks", "questions")  # fmt: skip
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
)


def number(prefix: str, at: int) -> str:
    return f"{prefix}{at:031d}"


def content(sql: str = "SELECT 1 AS n UNION ALL SELECT 2 ORDER BY n") -> dict:
    return {
        "version": 2,
        "config": {"sample_questions": [{"id": number("1", 1), "question": [QUESTION]}]},
        "data_sources": {"tables": [{"identifier": "c.s.t", "column_configs": [{"column_name": "n"}]}]},
        "instructions": {
            "text_instructions": [{"id": number("3", 1), "content": ["Count.\n", "Do not guess."]}],
            "example_question_sqls": [
                {"id": number("2", 1), "question": [QUESTION], "sql": sql.splitlines(keepends=True)},
                {"id": number("2", 2), "question": [BROKEN], "sql": ["SELECT n FROM nowhere_at_all"]},
            ],
        },
        "benchmarks": {"questions": []},
    }


@pytest.fixture
def api(workspace):
    return workspace.client.genie


@pytest.fixture
def space(workspace, api):
    made = api.create_space(workspace.warehouse_id, json.dumps(content()), title=f"Space {uuid.uuid4().hex[:8]}")
    yield made
    api.trash_space(made.space_id)


def test_a_space_is_created_got_listed_and_trashed(workspace, api):
    text = json.dumps(content())
    title = uuid.uuid4().hex
    made = api.create_space(workspace.warehouse_id, text, title=title, description="d", parent_path="/Workspace/Shared")

    got = api.get_space(made.space_id, include_serialized_space=True)
    assert (got.title, got.description, got.parent_path) == (title, "d", "/Shared")
    assert (got.serialized_space, got.etag) == (text, made.etag)
    header = api.get_space(made.space_id)
    assert (header.serialized_space, header.etag) == (None, None)
    assert made.space_id in {each.space_id for each in api.list_spaces(page_size=1000).spaces}
    api.trash_space(made.space_id)
    with pytest.raises(PermissionDenied, match="Genie space not found"):
        api.get_space(made.space_id)
    assert made.space_id not in {each.space_id for each in api.list_spaces(page_size=1000).spaces}


def test_the_list_comes_in_pages(api, space):
    first = api.list_spaces(page_size=1)
    seen = [each.space_id for each in first.spaces]
    while first.next_page_token:
        first = api.list_spaces(page_size=1, page_token=first.next_page_token)
        seen += [each.space_id for each in first.spaces]

    assert space.space_id in seen and len(seen) == len(set(seen))


def test_the_etag_moves_with_a_change_only_and_a_stale_one_conflicts(api, space):
    same = api.update_space(space.space_id, title=space.title, etag=space.etag)
    changed = api.update_space(space.space_id, description="another", etag=same.etag)

    assert same.etag == space.etag != changed.etag
    with pytest.raises(ResourceConflict, match="Etag mismatch"):
        api.update_space(space.space_id, description="third", etag=space.etag)
    assert api.get_space(space.space_id).description == "another"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.update(version=1), "version must be 2"),
        (lambda s: s["config"]["sample_questions"][0].update(id="A" * 32), "32 lower-case hex digits"),
        (lambda s: s["config"]["sample_questions"][0].update(id=number("2", 1)), "is that of config.sample_questions"),
        (lambda s: s["config"]["sample_questions"][0].update(question="text"), "Expected an array for question"),
        (lambda s: s["instructions"]["example_question_sqls"].reverse(), "example_question_sqls must be sorted by id"),
        (lambda s: s["instructions"]["example_question_sqls"][0].pop("sql"), "Expected an array for sql"),
        (
            lambda s: s["instructions"]["text_instructions"].append({"id": number("3", 2), "content": ["x"]}),
            "text_instructions must contain at most one item",
        ),
        (lambda s: s["data_sources"]["tables"].append({"identifier": "a.b.c"}), "sorted by identifier"),
        (lambda s: s["data_sources"]["tables"][0].update(identifier="t"), "catalog.schema.table"),
        (
            lambda s: s["data_sources"]["tables"][0]["column_configs"].append({"column_name": "a"}),
            "column_configs must be sorted",
        ),
        (lambda s: s.update(config=[]), "sample_questions"),
    ],
)
def test_what_is_no_space_is_refused_and_says_why(workspace, api, change, message):
    broken = content()
    change(broken)
    if message == "sample_questions":
        broken["config"] = {"sample_questions": "x"}

    with pytest.raises(InvalidParameterValue, match=message):
        api.create_space(workspace.warehouse_id, json.dumps(broken))


def test_every_finding_is_named_at_once(workspace, api):
    broken = content()
    broken["version"] = 1
    broken["data_sources"]["tables"][0]["identifier"] = "t"

    with pytest.raises(InvalidParameterValue, match="version must be 2.*catalog.schema.table"):
        api.create_space(workspace.warehouse_id, json.dumps(broken))


@given(_ANYTHING)
def test_no_json_makes_the_check_raise_anything_else(value):
    try:
        checked(json.dumps(value))
    except ApiError as error:
        assert error.status == 400


def test_a_curated_question_runs_its_sql_whatever_its_case_and_punctuation(api, space):
    message = api.start_conversation_and_wait(space.space_id, "  how many PAYMENTS, are there ", timeout=PATIENCE)

    assert message.status == MessageStatus.COMPLETED
    [attachment] = message.attachments
    assert attachment.query.query == "SELECT 1 AS n UNION ALL SELECT 2 ORDER BY n"
    assert attachment.query.query_result_metadata.row_count == 2
    ids = (space.space_id, message.conversation_id, message.message_id)
    answers = [
        api.get_message_attachment_query_result(*ids, attachment.attachment_id),
        api.get_message_query_result_by_attachment(*ids, attachment.attachment_id),
        api.get_message_query_result(*ids),
    ]
    for answer in answers:
        assert answer.statement_response.result.data_array == [["1"], ["2"]]
        assert answer.statement_response.manifest.schema.columns[0].name == "n"


def test_a_message_begins_as_submitted(api, space):
    waiter = api.start_conversation(space.space_id, QUESTION)

    assert waiter.response.message.status == MessageStatus.SUBMITTED
    assert waiter.result(timeout=PATIENCE).status == MessageStatus.COMPLETED


def test_any_other_question_fails_and_says_what_is_needed_and_what_can_be_asked(api, space):
    started = api.start_conversation(space.space_id, "Will it rain?").response

    with pytest.raises(OperationFailed):
        api.wait_get_message_genie_completed(
            started.conversation_id, started.message_id, space.space_id, timeout=PATIENCE
        )
    message = api.get_message(space.space_id, started.conversation_id, started.message_id)
    assert message.status == MessageStatus.FAILED
    assert "no language model endpoint" in message.error.error
    assert QUESTION in message.error.error
    assert not message.attachments
    with pytest.raises(BadRequest, match="has no query"):
        api.get_message_query_result(space.space_id, started.conversation_id, started.message_id)


def test_sql_that_fails_gives_the_engines_own_message(api, space):
    started = api.start_conversation(space.space_id, BROKEN).response
    with pytest.raises(OperationFailed):
        api.wait_get_message_genie_completed(
            started.conversation_id, started.message_id, space.space_id, timeout=PATIENCE
        )

    message = api.get_message(space.space_id, started.conversation_id, started.message_id)
    assert message.error.type.value == "SQL_EXECUTION_EXCEPTION"
    assert "nowhere_at_all" in message.error.error


def test_a_conversation_goes_on_takes_feedback_and_is_deleted(api, space):
    first = api.start_conversation_and_wait(space.space_id, QUESTION, timeout=PATIENCE)
    second = api.create_message_and_wait(space.space_id, first.conversation_id, QUESTION, timeout=PATIENCE)
    api.send_message_feedback(
        space.space_id, first.conversation_id, first.message_id, GenieFeedbackRating.POSITIVE, comment="thanks"
    )

    listed = api.list_conversation_messages(space.space_id, first.conversation_id).messages
    assert [each.message_id for each in listed] == [first.message_id, second.message_id]
    told = api.get_message(space.space_id, first.conversation_id, first.message_id)
    assert (told.feedback.rating, told.feedback.comment) == (GenieFeedbackRating.POSITIVE, "thanks")
    again = api.execute_message_attachment_query(
        space.space_id, first.conversation_id, first.message_id, first.attachments[0].attachment_id
    )
    assert again.statement_response.statement_id != first.attachments[0].query.statement_id
    [talk] = api.list_conversations(space.space_id).conversations
    assert (talk.conversation_id, talk.title) == (first.conversation_id, QUESTION)
    api.delete_conversation_message(space.space_id, first.conversation_id, second.message_id)
    assert len(api.list_conversation_messages(space.space_id, first.conversation_id).messages) == 1
    api.delete_conversation(space.space_id, first.conversation_id)
    with pytest.raises(NotFound):
        api.get_message(space.space_id, first.conversation_id, first.message_id)
    assert not api.list_conversations(space.space_id).conversations


def test_a_conversation_of_another_space_is_not_found(workspace, api, space):
    other = api.create_space(workspace.warehouse_id, json.dumps(content()), title="other")
    started = api.start_conversation(space.space_id, "anything").response

    with pytest.raises(NotFound):
        api.get_message(other.space_id, started.conversation_id, started.message_id)
    api.trash_space(other.space_id)


def test_what_needs_a_language_model_is_refused(api, space):
    for call in (
        lambda: api.genie_create_eval_run(space.space_id),
        lambda: api.genie_list_eval_runs(space.space_id),
        lambda: api.start_conversation(space.space_id, QUESTION, enable_visualization=True),
        lambda: api.generate_download_full_query_result(space.space_id, "c", "m", "a"),
        lambda: api.create_message_comment(space.space_id, "c", "m", "text"),
    ):
        with pytest.raises(NotImplemented):
            call()
    with pytest.raises(InvalidParameterValue, match="content is empty"):
        api.start_conversation(space.space_id, "  ")


@given(st.text())
def test_folding_a_question_twice_is_folding_it_once(question):
    assert folded(folded(question)) == folded(question)
