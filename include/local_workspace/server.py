"""The HTTP application: authentication, routes, error bodies, and 501 for what is not served."""

import logging
import pkgutil
from importlib import import_module

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from . import api, auth, faults
from .context import WORKSPACE_ID, Workspace
from .errors import ApiError, invalid

log = logging.getLogger(__name__)


def create_app(workspace: Workspace) -> FastAPI:
    """The application of one workspace; every module in `api` brings its own `router`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.workspace = workspace
    app.state.faults = faults.Faults()
    for router in [faults.router, *_routers()]:
        app.include_router(router)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(faults.FaultMiddleware, faults=app.state.faults)

    @app.middleware("http")
    async def guard(request: Request, call_next) -> Response:
        if not auth.allowed(request, workspace.token):
            return auth.denied()
        if any(ord(character) < 32 for character in request.scope["path"]):
            error = invalid("The path holds a control character.")
            return JSONResponse(error.body(), error.status)
        response = await call_next(request)
        response.headers["X-Databricks-Org-Id"] = str(WORKSPACE_ID)
        return response

    return app


def _routers() -> list[APIRouter]:
    modules = (import_module(f"{api.__name__}.{found.name}") for found in pkgutil.iter_modules(api.__path__))
    return [module.router for module in modules if hasattr(module, "router")]


def _api_error(_: Request, error: ApiError) -> JSONResponse:
    headers = {"Retry-After": "1"} if error.status in (429, 503) else None
    return JSONResponse(error.body(), error.status, headers=headers)


def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code in (404, 405):
        message = f"{request.method} {request.url.path} is not served by the local workspace. See docs/parity.md."
        return JSONResponse({"error_code": "NOT_IMPLEMENTED", "message": message}, 501)
    return JSONResponse({"error_code": "BAD_REQUEST", "message": str(error.detail)}, error.status_code)


def _validation_error(_: Request, error: RequestValidationError) -> JSONResponse:
    places = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
    return JSONResponse({"error_code": "INVALID_PARAMETER_VALUE", "message": places}, 400)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    message = f"{type(error).__name__} in the local workspace; its log has the details."
    return JSONResponse({"error_code": "INTERNAL_ERROR", "message": message}, 500)
