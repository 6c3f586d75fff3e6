"""SQL statement execution: /api/2.0/sql/statements, sessions beside it, and the query history."""

import base64
import datetime
import json
import re
import uuid

from fastapi import APIRouter, Request
from starlette.responses import Response

from .. import auth
from ..engines.spark import sessions
from ..engines.spark.errors import failure
from ..engines.statements import FINAL
from ..errors import ApiError, invalid, missing
from . import paging
from .fields import Current, Payload, listing, mapping, text, whole
from .warehouses import require as require_warehouse

router = APIRouter()
_ROOT = "/api/2.0/sql/statements"
_CHOICES = {
    "disposition": ("INLINE", "EXTERNAL_LINKS", "INLINE_OR_EXTERNAL_LINKS"),
    "format": ("JSON_ARRAY", "ARROW_STREAM"),
    "on_wait_timeout": ("CONTINUE", "CANCEL"),
}
_LINK_SECONDS = 900


@router.post(_ROOT)
def execute(ws: Current, fields: Payload) -> dict:
    if not text(fields, "statement").strip():
        raise invalid("statement is empty.")
    require_warehouse(ws, text(fields, "warehouse_id"), start=True)
    for name, allowed in _CHOICES.items():
        if text(fields, name, allowed[0]) not in allowed:
            raise invalid(f"{name} must be one of {', '.join(allowed)}, got {fields[name]!r}.")
    if fields.get("format") == "ARROW_STREAM" and fields.get("disposition", "INLINE") == "INLINE":
        raise invalid("Format ARROW_STREAM needs disposition EXTERNAL_LINKS.")
    for name in ("row_limit", "byte_limit"):
        if name in fields:
            whole(fields, name, low=1)
    listing(fields, "parameters")
    seconds = _wait(text(fields, "wait_timeout", "10s"))
    if fields.get("session_id") and ws.store.get("sql_session", fields["session_id"]) is None:
        raise missing(f"Session {fields['session_id']} was not found.", "NOT_FOUND")
    statement_id = ws.statements.submit(fields)
    doc = ws.statements.wait(statement_id, seconds)
    if doc["status"]["state"] not in FINAL and seconds and fields.get("on_wait_timeout") == "CANCEL":
        ws.statements.cancel(statement_id)
        doc = ws.statements.get(statement_id)
    return answer(ws, doc)


@router.get(_ROOT + "/{statement_id}")
def get(ws: Current, statement_id: str) -> dict:
    return answer(ws, ws.statements.get(statement_id))


@router.post(_ROOT + "/{statement_id}/cancel")
def cancel(ws: Current, statement_id: str) -> dict:
    ws.statements.cancel(statement_id)
    return {}


@router.delete(_ROOT + "/{statement_id}")
def close(ws: Current, statement_id: str) -> dict:
    ws.statements.close(statement_id)
    return {}


@router.get(_ROOT + "/{statement_id}/result/chunks/{index}")
def chunk(ws: Current, statement_id: str, index: int) -> dict:
    return _chunk(ws, _succeeded(ws, statement_id), index)


@router.get("/links/statements/{statement_id}/{index}")
def external_chunk(ws: Current, request: Request, statement_id: str, index: int) -> Response:
    """What an external link points at: the signature in the link stands for the token."""
    path = f"/statements/{statement_id}/{index}"
    query = request.query_params
    if not auth.verify(ws.link_key, path, query.get("expires", ""), query.get("signature", "")):
        raise ApiError("PERMISSION_DENIED", "This link has expired or is not one that the workspace made.")
    doc = _succeeded(ws, statement_id)
    result = ws.statements.result(doc)
    if doc["format"] == "ARROW_STREAM":
        body = result.arrow_stream(index) if doc["manifest"]["chunks"] else result.empty_stream(result.schema())
        return Response(body, media_type="application/vnd.apache.arrow.stream")
    return Response(_json(result.json_rows(index)), media_type="application/json")


@router.post("/api/2.0/sql/sessions")
def open_session(ws: Current, fields: Payload) -> dict:
    """A session keeps USE, SET and temporary views between its statements."""
    require_warehouse(ws, text(fields, "warehouse_id"), start=True)
    session_id = str(uuid.uuid4())
    session = sessions.session(ws.spark, fields.get("catalog"), fields.get("schema"), session_id=session_id)
    timezone = mapping(fields, "session_confs").get("TIMEZONE")
    if timezone:
        try:
            session.conf.set("spark.sql.session.timeZone", timezone)
        except Exception as error:
            raise invalid(f"TIMEZONE: {failure(error)}") from error
    ws.store.insert("sql_session", session_id, {"session_id": session_id})
    return {"session_id": session_id}


@router.delete("/api/2.0/sql/sessions/{session_id}")
def close_session(ws: Current, session_id: str) -> dict:
    if ws.store.delete("sql_session", session_id):
        sessions.close(sessions.session(ws.spark, session_id=session_id))
    return {}


@router.get("/api/2.0/sql/history/queries")
def history(ws: Current, fields: Payload) -> dict:
    """Newest first; filter_by understands statement_ids, statuses and warehouse_ids."""
    wanted = mapping(fields, "filter_by")
    found = [
        _query(doc)
        for doc in ws.store.list("statement", newest_first=True)
        if doc["statement_id"] in wanted.get("statement_ids", [doc["statement_id"]])
        and _status(doc) in wanted.get("statuses", [_status(doc)])
        and doc["warehouse_id"] in wanted.get("warehouse_ids", [doc["warehouse_id"]])
    ]
    items, rest = paging.page(found, fields, default=100)
    return {"res": items, "has_next_page": bool(rest), **rest}


def _query(doc: dict) -> dict:
    started, ended = int(doc["started"] * 1000), int(doc.get("ended", 0) * 1000)
    query = {
        "query_id": doc["statement_id"], "query_text": doc["statement"], "status": _status(doc),
        "warehouse_id": doc["warehouse_id"], "user_name": doc["user"], "query_start_time_ms": started,
        "is_final": doc["status"]["state"] in FINAL, "query_tags": doc["query_tags"],
        "rows_produced": (doc.get("manifest") or {}).get("total_row_count", 0),
    }  # fmt: skip
    if ended:
        query |= {"query_end_time_ms": ended, "execution_end_time_ms": ended, "duration": ended - started}
    if "error" in doc["status"]:
        query["error_message"] = doc["status"]["error"]["message"]
    return query


def _status(doc: dict) -> str:
    state = doc["status"]["state"]
    return {"PENDING": "QUEUED", "SUCCEEDED": "FINISHED", "CLOSED": "FINISHED"}.get(state, state)


def _wait(given: str) -> float:
    match = re.fullmatch(r"(\d+)s", given)
    seconds = int(match[1]) if match else -1
    if seconds != 0 and not 5 <= seconds <= 50:
        raise invalid(f"wait_timeout must be 0s or from 5s to 50s, got {given!r}.")
    return seconds


def _succeeded(ws, statement_id: str) -> dict:
    doc = ws.statements.get(statement_id)
    if doc["status"]["state"] != "SUCCEEDED":
        raise ApiError("INVALID_STATE", f"Statement {statement_id} has no rows: it is {doc['status']['state']}.")
    return doc


def answer(ws, doc: dict) -> dict:
    answer = {"statement_id": doc["statement_id"], "status": doc["status"]}
    if doc["status"]["state"] == "SUCCEEDED":
        answer["manifest"] = doc["manifest"]
        answer["result"] = _chunk(ws, doc, 0) if doc["manifest"]["chunks"] else _no_rows(doc)
    return answer


def _no_rows(doc: dict) -> dict:
    return {"row_count": 0, "row_offset": 0, "chunk_index": 0} | ({"data_array": []} if _inline(doc) else {})


def _inline(doc: dict) -> bool:
    return doc["disposition"] != "EXTERNAL_LINKS"


def _chunk(ws, doc: dict, index: int) -> dict:
    chunks = doc["manifest"]["chunks"]
    if not 0 <= index < len(chunks):
        raise invalid(f"Statement {doc['statement_id']} has {len(chunks)} chunks; there is no chunk {index}.")
    described = dict(chunks[index])
    if index + 1 < len(chunks):
        described |= {
            "next_chunk_index": index + 1,
            "next_chunk_internal_link": f"{_ROOT}/{doc['statement_id']}/result/chunks/{index + 1}",
        }
    result = ws.statements.result(doc)
    if not _inline(doc):
        link = auth.sign(ws.link_key, f"/statements/{doc['statement_id']}/{index}", _LINK_SECONDS)
        expiry = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=_LINK_SECONDS)
        return {"external_links": [{**described, "external_link": ws.host + link, "expiration": expiry.isoformat()}]}
    if doc["format"] == "ARROW_STREAM":
        return {**described, "attachment": base64.b64encode(result.arrow_stream(index)).decode()}
    return {**described, "data_array": result.json_rows(index)}


def _json(rows: list) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()
