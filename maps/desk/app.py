"""The desk's routes. Everything heavy happens elsewhere; what goes wrong is one sentence."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from layers.errors import ShanheError
from layers.words import say
from maps.desk.bounded import Bounded, BusyError, Limits
from maps.desk.guard import REPORT_POLICY, Guard, Place
from maps.desk.office import Office
from maps.desk.page import desk_page, script, style
from maps.desk.store import StaleError, UnknownError
from maps.offline import LEAFLET_CSS, LEAFLET_JS, script_text, style_text
from zoning.rules import load

UPLOAD_BYTES = 256 << 20

MEDIA = {
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html",
}

Short = Annotated[str, Field(max_length=200)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Key = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class _Body(BaseModel):
    """What the page sends; anything else is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Ask(_Body):
    """What is to be reviewed: files that were uploaded, or pasted text."""

    uploads: Annotated[list[Key], Field(max_length=64)] = []
    pasted: str = ""
    shape: Literal["polygon", "line", "points"] = "polygon"
    name: Short = ""
    day: Day
    activity: Short = ""
    crs: Short = ""
    accuracy_m: Annotated[float | None, Field(allow_inf_nan=False)] = None


class Again(_Body):
    """The day of decision of a repeated review."""

    day: Day


class Deciding(_Body):
    """A decision; ``seen`` is the version of the latest one that the reviewer saw."""

    site: Annotated[str, Field(max_length=4000)]
    seen: Annotated[int, Field(ge=0)]
    verdict: Literal["accept", "reject", "override"]
    reason: Annotated[str, Field(max_length=4000)]
    reviewer: Short


class Search(_Body):
    """What a list is narrowed by; empty for everything, ``*`` for every effect."""

    model_config = ConfigDict(extra="forbid")
    text: Short = ""
    state: Short = ""
    effect: Short = "*"
    verdict: Short = ""
    after: Short = ""
    before: Short = ""


def create_app(  # noqa: PLR0913 - what a desk consists of
    workspace: Path,
    data: Path,
    place: Place,
    *,
    rules: Sequence[Path] = (),
    limits: Limits | None = None,
    upload_bytes: int = UPLOAD_BYTES,
) -> Guard:
    """Return the desk of a workspace as an ASGI application.

    Args:
        workspace: the folder of the county.
        data: where reviews and decisions are kept; made where it is missing.
        place: where it listens.
        rules: folders of rules that stand in the place of our own.
        limits: of one job.
        upload_bytes: what an upload may hold.

    Raises:
        ShanheError: a folder cannot be used.

    """
    folder = workspace.resolve()
    load(rules)  # a pack that is not sound is told before anybody asks
    bounded = Bounded(limits or Limits(), folder, rules)
    office = Office(folder, data, bounded, rules)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        office.bounded.start()
        yield
        office.bounded.close()

    app = FastAPI(lifespan=running, docs_url=None, redoc_url=None, openapi_url=None)
    _add_page(app, office, upload_bytes)
    _add_reviews(app, office)
    _add_errors(app)
    return Guard(app, place, upload_bytes)


def _add_page(app: FastAPI, office: Office, upload_bytes: int) -> None:
    page = desk_page(office.workspace, upload_bytes)

    @app.get("/")
    def index() -> HTMLResponse:
        return HTMLResponse(page)

    @app.get("/desk.js")
    def code() -> Response:
        return Response(script(), media_type="text/javascript")

    @app.get("/leaflet.js")
    def leaflet() -> Response:
        return Response(script_text(LEAFLET_JS), media_type="text/javascript")

    @app.get("/leaflet.css")
    def leaflet_look() -> Response:
        return Response(style_text(LEAFLET_CSS), media_type="text/css")

    @app.get("/desk.css")
    def look() -> Response:
        return Response(style(), media_type="text/css")


def _add_reviews(app: FastAPI, office: Office) -> None:
    @app.post("/api/uploads")
    async def upload(request: Request, name: Annotated[str, Query(max_length=2000)]) -> dict:
        return {"id": await office.uploads.take(name, request.stream())}

    @app.post("/api/reviews")
    def review(ask: Ask) -> dict:
        asked = ask.model_dump()
        return {"id": office.review(asked, asked.pop("uploads"))}

    @app.get("/api/reviews/{key}")
    def shown(key: str) -> dict:
        return office.shown(key)

    @app.get("/api/reviews/{key}/map")
    def drawn(key: str) -> FileResponse:
        return FileResponse(office.map(key), media_type="application/json")

    @app.post("/api/reviews/{key}/again")
    def again(key: str, body: Again) -> dict:
        return {"id": office.again(key, body.day)}

    @app.post("/api/reviews/{key}/decisions")
    def decide(key: str, body: Deciding) -> dict:
        return asdict(office.store.decide(key, **body.model_dump()))

    @app.get("/api/sites")
    def listed(search: Annotated[Search, Query()]) -> dict:
        return office.listed(search.model_dump())

    @app.get("/reviews/{key}/look")
    def look(key: str) -> FileResponse:
        policy = {"content-security-policy": REPORT_POLICY}
        return FileResponse(office.report(key, "html"), media_type="text/html", headers=policy)

    @app.get("/reviews/{key}/review.{form}")
    def report(key: str, form: str) -> FileResponse:
        file = office.report(key, form)
        return FileResponse(file, media_type=MEDIA[form], filename=file.name)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(ShanheError)
    def wrong(_: Request, error: ShanheError) -> JSONResponse:
        if isinstance(error, StaleError):
            return _error(409, str(error), latest=asdict(error.latest))
        status = {UnknownError: 404, BusyError: 503}.get(type(error), 422)
        return _error(status, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = dict.fromkeys(str(one["loc"][-1])[:40] for one in error.errors())
        return _error(422, say("desk.invalid", field="、".join(fields)))

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> JSONResponse:
        told = error.status_code in {408, 413}
        text = error.detail if told else say("desk.not_found")
        return _error(error.status_code, text)

    @app.exception_handler(OSError)
    def broken(_: Request, error: OSError) -> JSONResponse:
        # the folder is gone, the disk is full: where it lies is no business of the page
        return _error(500, say("desk.machine", reason=error.strerror or type(error).__name__))


def _error(status: int, text: str, **more: object) -> JSONResponse:
    return JSONResponse({"error": text, **more}, status_code=status)
