"""States of runs and tasks as the Jobs API words them: the older `state` and the newer `status`."""

from dataclasses import dataclass, field

FINAL = ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")
LOST = "The local workspace stopped while this run was under way."
_STATUS = {
    "PENDING": "PENDING", "QUEUED": "QUEUED", "BLOCKED": "BLOCKED", "RUNNING": "RUNNING", "TERMINATING": "TERMINATING",
    "WAITING_FOR_RETRY": "WAITING",
}  # fmt: skip
_CODES = {
    "SUCCESS": ("SUCCESS", "SUCCESS"),
    "SUCCESS_WITH_FAILURES": ("SUCCESS_WITH_FAILURES", "SUCCESS"),
    "FAILED": ("RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
    "TIMEDOUT": ("RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
    "CANCELED": ("USER_CANCELED", "CLIENT_ERROR"),
    "UPSTREAM_CANCELED": ("SKIPPED", "CLIENT_ERROR"),
    "UPSTREAM_FAILED": ("SKIPPED", "CLIENT_ERROR"),
    "EXCLUDED": ("SKIPPED", "SUCCESS"),
    "DISABLED": ("DISABLED", "SUCCESS"),
    "MAXIMUM_CONCURRENT_RUNS_REACHED": ("MAX_CONCURRENT_RUNS_EXCEEDED", "CLIENT_ERROR"),
}


@dataclass(frozen=True)
class Outcome:
    """How an attempt of a task ended: its result state, a message, and what get-output tells."""

    result: str
    message: str = ""
    error: str | None = None
    trace: str | None = None
    output: dict = field(default_factory=dict)
    life: str = "TERMINATED"
    code: str | None = None

    def state(self) -> dict:
        return state(self.life, self.result, self.message, self.code)


def state(life: str, result: str | None = None, message: str = "", code: str | None = None) -> dict:
    """What a document keeps; `code` is a termination code where the result does not imply it."""
    return {"life": life, "result": result, "message": message, "code": code}


def final(doc: dict) -> bool:
    return doc["state"]["life"] in FINAL


def describe(doc: dict) -> dict:
    """`state` and `status` of a run or task, for an answer."""
    kept = doc["state"]
    life, result, message = kept["life"], kept["result"], kept["message"]
    old = {"life_cycle_state": life, "state_message": message}
    old["user_cancelled_or_timedout"] = result in ("CANCELED", "TIMEDOUT")
    if result:
        old["result_state"] = result
    if life == "QUEUED":
        old["queue_reason"] = message
    if life not in FINAL:
        return {"state": old, "status": {"state": _STATUS[life]}}
    code, kind = _CODES[result]
    details = {"code": kept["code"] or code, "type": "INTERNAL_ERROR" if kept["code"] == "INTERNAL_ERROR" else kind}
    return {"state": old, "status": {"state": "TERMINATED", "termination_details": {**details, "message": message}}}
