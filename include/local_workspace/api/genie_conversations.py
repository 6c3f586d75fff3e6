"""Conversations with a Genie space: a question that the space curates runs its SQL, any other fails and says why.

A message keeps the id of its statement; its state is the statement's, so it survives what the statement survives.
"""

import time
import uuid

from fastapi import APIRouter

from ..context import Workspace
from ..engines.statements import FINAL
from ..errors import ApiError, invalid, missing, refused
from . import statements
from .fields import Current, Payload, flag, text
from .genie_content import checked, curated, folded
from .genie_spaces import forget_conversation
from .genie_spaces import require as require_space
from .paging import page
from .warehouses import require as require_warehouse

router = APIRouter()
_SPACE = "/api/2.0/genie/spaces/{space_id}"
_CONVERSATION = _SPACE + "/conversations/{conversation_id}"
_MESSAGE = _CONVERSATION + "/messages/{message_id}"
_ATTACHMENT = _MESSAGE + "/attachments/{attachment_id}"
_TALK, _KIND = "genie_conversation", "genie_message"
_RATINGS = ("POSITIVE", "NEGATIVE", "NONE")
_USER = 1


@router.post(_SPACE + "/start-conversation")
def start(ws: Current, space_id: str, fields: Payload) -> dict:
    space, content, now = require_space(ws, space_id), _content(fields), _now()
    doc = {"conversation_id": uuid.uuid4().hex, "space_id": space_id, "title": content[:100],
           "created_timestamp": now, "last_updated_timestamp": now, "user_id": _USER}  # fmt: skip
    ws.store.insert(_TALK, doc["conversation_id"], doc, parent=space_id)
    told = _ask(ws, space, doc["conversation_id"], content)
    return {
        "conversation_id": doc["conversation_id"], "message_id": told["message_id"],
        "conversation": {**doc, "id": doc["conversation_id"]}, "message": told,
    }  # fmt: skip


@router.get(_SPACE + "/conversations")
def list_conversations(ws: Current, space_id: str, fields: Payload) -> dict:
    """Newest first."""
    require_space(ws, space_id)
    items, rest = page(ws.store.list(_TALK, space_id, newest_first=True), fields, default=20, size="page_size")
    shown = ("conversation_id", "title", "created_timestamp")
    return {"conversations": [{name: doc[name] for name in shown} for doc in items], **rest}


@router.delete(_CONVERSATION)
def delete_conversation(ws: Current, space_id: str, conversation_id: str) -> dict:
    with ws.store.transaction():
        _talk(ws, space_id, conversation_id)
        forget_conversation(ws, conversation_id)
    return {}


@router.post(_CONVERSATION + "/messages")
def create_message(ws: Current, space_id: str, conversation_id: str, fields: Payload) -> dict:
    space, content = require_space(ws, space_id), _content(fields)
    _talk(ws, space_id, conversation_id)
    ws.store.update(_TALK, conversation_id, {"last_updated_timestamp": _now()})
    return _ask(ws, space, conversation_id, content)


@router.get(_CONVERSATION + "/messages")
def list_messages(ws: Current, space_id: str, conversation_id: str, fields: Payload) -> dict:
    _talk(ws, space_id, conversation_id)
    items, rest = page(ws.store.list(_KIND, conversation_id), fields, default=20, size="page_size")
    return {"messages": [_told(ws, doc) for doc in items], **rest}


@router.get(_MESSAGE)
def get_message(ws: Current, space_id: str, conversation_id: str, message_id: str) -> dict:
    return _told(ws, _message(ws, space_id, conversation_id, message_id))


@router.delete(_MESSAGE)
def delete_message(ws: Current, space_id: str, conversation_id: str, message_id: str) -> dict:
    _message(ws, space_id, conversation_id, message_id)
    ws.store.delete(_KIND, message_id)
    return {}


@router.post(_MESSAGE + "/feedback")
def feedback(ws: Current, space_id: str, conversation_id: str, message_id: str, fields: Payload) -> dict:
    _message(ws, space_id, conversation_id, message_id)
    rating = text(fields, "rating")
    if rating not in _RATINGS:
        raise invalid(f"rating must be one of {', '.join(_RATINGS)}, got {rating[:40]!r}.")
    ws.store.update(_KIND, message_id, {"feedback": {"rating": rating, "comment": text(fields, "comment", "")}})
    return {}


@router.get(_MESSAGE + "/query-result")
def query_result(ws: Current, space_id: str, conversation_id: str, message_id: str) -> dict:
    return _result(ws, _message(ws, space_id, conversation_id, message_id))


@router.get(_MESSAGE + "/query-result/{attachment_id}")
@router.get(_ATTACHMENT + "/query-result")
def attachment_result(ws: Current, space_id: str, conversation_id: str, message_id: str, attachment_id: str) -> dict:
    return _result(ws, _attached(ws, space_id, conversation_id, message_id, attachment_id))


@router.post(_MESSAGE + "/execute-query")
def execute(ws: Current, space_id: str, conversation_id: str, message_id: str) -> dict:
    return _again(ws, space_id, _message(ws, space_id, conversation_id, message_id))


@router.post(_ATTACHMENT + "/execute-query")
def execute_attachment(ws: Current, space_id: str, conversation_id: str, message_id: str, attachment_id: str) -> dict:
    return _again(ws, space_id, _attached(ws, space_id, conversation_id, message_id, attachment_id))


def _ask(ws: Workspace, space: dict, conversation_id: str, content: str) -> dict:
    """A new message as it is told at first; the SQL of a curated question is under way then."""
    known = curated(checked(space["serialized_space"]))
    match = next((item for item in known if folded(item["question"]) == folded(content)), None)
    now = _now()
    doc = {
        "message_id": uuid.uuid4().hex, "conversation_id": conversation_id, "space_id": space["space_id"],
        "content": content, "created_timestamp": now, "last_updated_timestamp": now, "user_id": _USER,
    }  # fmt: skip
    if match:
        attachment = {"attachment_id": uuid.uuid4().hex, "title": match["question"], "sql": match["sql"]}
        doc |= {"attachment": attachment, "statement_id": _submit(ws, space, match["sql"])}
    else:
        doc["error"] = _cannot_answer([item["question"] for item in known])
    ws.store.insert(_KIND, doc["message_id"], doc, parent=conversation_id)
    return {**_told(ws, doc), "status": "SUBMITTED", "attachments": [], "error": None}


def _cannot_answer(questions: list[str]) -> str:
    listed = "; ".join(questions) or "none"
    return (
        "The local workspace has no language model endpoint, so it answers only the questions that the space curates. "
        f"They are: {listed}"
    )


def _submit(ws: Workspace, space: dict, sql: str) -> str:
    require_warehouse(ws, space["warehouse_id"], start=True)
    return ws.statements.submit({"statement": sql, "warehouse_id": space["warehouse_id"]})


def _again(ws: Workspace, space_id: str, doc: dict) -> dict:
    """Run the message's SQL once more, for rows that have gone or have changed."""
    if "attachment" not in doc:
        raise invalid(f"Message {doc['message_id']} has no query.")
    statement_id = _submit(ws, require_space(ws, space_id), doc["attachment"]["sql"])
    ws.store.update(_KIND, doc["message_id"], {"statement_id": statement_id, "last_updated_timestamp": _now()})
    return {"statement_response": statements.answer(ws, ws.statements.get(statement_id))}


def _told(ws: Workspace, doc: dict) -> dict:
    """A message as the API tells it: state, error and attachments follow from its statement."""
    told = {name: doc[name] for name in doc if name not in ("attachment", "statement_id", "error")}
    told |= {"id": doc["message_id"], "attachments": []}
    if "attachment" not in doc:
        error = {"error": doc["error"], "type": "DEPLOYMENT_NOT_FOUND_EXCEPTION"}
        return {**told, "status": "FAILED", "error": error}
    statement = ws.store.get("statement", doc["statement_id"])
    told["attachments"] = [_attachment(doc, statement)]
    if statement is None or statement["status"]["state"] == "CLOSED":
        return {**told, "status": "QUERY_RESULT_EXPIRED"}
    state = statement["status"]["state"]
    if state == "SUCCEEDED":
        rows = statement["manifest"]["total_row_count"]
        return {**told, "status": "COMPLETED", "query_result": {"row_count": rows, "statement_id": doc["statement_id"]}}
    if state not in FINAL:
        return {**told, "status": "EXECUTING_QUERY"}
    message = statement["status"].get("error", {}).get("message", f"the statement ended as {state}")
    return {**told, "status": "FAILED", "error": {"error": message, "type": "SQL_EXECUTION_EXCEPTION"}}


def _attachment(doc: dict, statement: dict | None) -> dict:
    attachment = doc["attachment"]
    query = {"title": attachment["title"], "query": attachment["sql"], "statement_id": doc["statement_id"]}
    if statement and statement["status"]["state"] == "SUCCEEDED":
        manifest = statement["manifest"]
        query["query_result_metadata"] = {"row_count": manifest["total_row_count"],
                                          "is_truncated": manifest["truncated"]}  # fmt: skip
    return {"attachment_id": attachment["attachment_id"], "query": query}


def _result(ws: Workspace, doc: dict) -> dict:
    if "attachment" not in doc:
        raise invalid(f"Message {doc['message_id']} has no query.")
    if ws.store.get("statement", doc["statement_id"]) is None:
        raise ApiError("INVALID_STATE", f"The result of message {doc['message_id']} has expired. Use execute-query.")
    return {"statement_response": statements.answer(ws, ws.statements.get(doc["statement_id"]))}


def _talk(ws: Workspace, space_id: str, conversation_id: str) -> dict:
    require_space(ws, space_id)
    doc = ws.store.get(_TALK, conversation_id)
    if doc is None or doc["space_id"] != space_id:
        raise missing(f"Conversation {conversation_id[:80]} does not exist in the space {space_id}.")
    return doc


def _message(ws: Workspace, space_id: str, conversation_id: str, message_id: str) -> dict:
    _talk(ws, space_id, conversation_id)
    doc = ws.store.get(_KIND, message_id)
    if doc is None or doc["conversation_id"] != conversation_id:
        raise missing(f"Message {message_id[:80]} does not exist in the conversation {conversation_id}.")
    return doc


def _attached(ws: Workspace, space_id: str, conversation_id: str, message_id: str, attachment_id: str) -> dict:
    doc = _message(ws, space_id, conversation_id, message_id)
    if doc.get("attachment", {}).get("attachment_id") != attachment_id:
        raise missing(f"Attachment {attachment_id[:80]} does not exist in the message {message_id}.")
    return doc


def _content(fields: dict) -> str:
    content = text(fields, "content")
    if not content.strip():
        raise invalid("content is empty: ask a question.")
    if flag(fields, "enable_visualization", False):
        raise refused("enable_visualization: charts of answers come from a language model endpoint")
    return content


def _now() -> int:
    return int(time.time() * 1000)
