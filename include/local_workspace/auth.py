"""Every call needs the token, but for the discovery document and links that carry a signature of their own."""

import hmac
import time
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import JSONResponse

_OPEN = ("/.well-known/databricks-config", "/links/", "/health")


def allowed(request: Request, token: str) -> bool:
    """Compares in constant time."""
    if request.url.path.startswith(_OPEN):
        return True
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


def denied() -> JSONResponse:
    message = (
        "Credential was not sent or is not the token of this workspace. The token is in .workspace/connection.json."
    )
    return JSONResponse({"error_code": "UNAUTHENTICATED", "message": message}, 401)


def sign(key: bytes, path: str, seconds: int = 900) -> str:
    """A link to `/links{path}` that works without the token until it expires."""
    expires = int(time.time()) + seconds
    return f"/links{path}?expires={expires}&signature={_signature(key, path, expires)}"


def verify(key: bytes, path: str, expires: str, signature: str) -> bool:
    if not expires.isdigit() or int(expires) < time.time():
        return False
    return hmac.compare_digest(_signature(key, path, int(expires)), signature)


def _signature(key: bytes, path: str, expires: int) -> str:
    return hmac.new(key, f"{path}|{expires}".encode(), sha256).hexdigest()
