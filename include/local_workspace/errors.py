"""Errors as Databricks answers them: an HTTP status, an `error_code` and a message that says what to do."""

_STATUS = {
    "INVALID_PARAMETER_VALUE": 400,
    "MALFORMED_REQUEST": 400,
    "BAD_REQUEST": 400,
    "INVALID_STATE": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "RESOURCE_CONFLICT": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL_ERROR": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
}


class ApiError(Exception):
    """Answered as `{"error_code", "message"}`; `status` follows from the code unless the API is known to differ."""

    def __init__(self, code: str, message: str, status: int | None = None, details: list | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or _STATUS[code]
        self.details = details

    def body(self) -> dict:
        body = {"error_code": self.code, "message": self.message}
        return {**body, "details": self.details} if self.details else body


def invalid(message: str) -> ApiError:
    return ApiError("INVALID_PARAMETER_VALUE", message)


def missing(message: str, code: str = "RESOURCE_DOES_NOT_EXIST") -> ApiError:
    return ApiError(code, message)


def exists(message: str, code: str = "RESOURCE_ALREADY_EXISTS", status: int | None = None) -> ApiError:
    return ApiError(code, message, status)


def refused(what: str) -> ApiError:
    """For what the local engines cannot do: never an answer that pretends."""
    return ApiError("NOT_IMPLEMENTED", f"The local workspace does not support {what}. See docs/parity.md.")
