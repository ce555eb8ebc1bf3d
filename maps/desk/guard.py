"""Who may ask the desk what: every request passes here, and no answer leaves without a policy.

The desk has no accounts, so whatever runs in a browser on this machine could reach it. Against
pages of other sites stand the Host header (a name that somebody points at this machine is not
ours), the origin of what changes something, a header that no form can send, and a policy that
lets no page call out. Beyond this machine there is a token.
"""

import asyncio
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from layers.errors import QueryError
from layers.words import say

COOKIE, TOKEN, CUSTOM = "shanhe-desk", "token", "x-shanhe-desk"
TOKEN_LEAST = 12
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - only with a token
SAFE = frozenset({"GET", "HEAD"})
GRACE_S, LEAST_RATE = 20.0, 64 << 10
"""Seconds that a request may take, and bytes a second that earn it more of them."""

JSON_BYTES = 4 << 20
"""Bytes of a request that is no upload: a hundred thousand pasted points."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "connect-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""Of a report within the page; its own policy names its scripts by hash, and both hold."""

HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the desk listens, and the token that it asks for beyond this machine.

    Raises:
        QueryError: it would be open to others without a token, or the token is short.

    """

    host: str = "127.0.0.1"
    port: int = 8765
    token: str = ""

    def __post_init__(self) -> None:
        """Refuse to be open to others."""
        if self.host not in LOOPBACK and not self.token:
            raise QueryError(say("desk.token_needed", host=self.host))
        if self.token and len(self.token) < TOKEN_LEAST:
            raise QueryError(say("desk.token_short", least=TOKEN_LEAST))

    @property
    def secret(self) -> str:
        """What the cookie holds: it proves the token and does not tell it."""
        return hmac.new(self.token.encode(), COOKIE.encode(), hashlib.sha256).hexdigest()

    def is_ours(self, header: str) -> bool:
        """Whether a Host header names this desk."""
        name, port = _parted(header)
        if port != self.port:
            return False
        if name in LOOPBACK:
            return self.host in LOOPBACK | ANYWHERE
        return name == self.host.lower() or (self.host in ANYWHERE and _is_address(name))


class Guard:
    """The ASGI application around the desk's own."""

    def __init__(self, app: ASGIApp, place: Place, upload_bytes: int) -> None:
        """Take the application, where it listens and how much an upload may hold."""
        self._app = app
        self._place = place
        self._upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no web sockets here
            return
        send = _with_headers(send)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        most = self._upload_bytes if scope["path"] == "/api/uploads" else JSON_BYTES
        try:
            await self._app(scope, _limited(receive, Headers(scope=scope), most), send)
        except _StoppedError as error:
            await error.answer()(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return why a request is not answered; ``None`` where it is."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._place.is_ours(hosts[0]):
            return _refused(403, say("desk.refused.host"))
        entered = self._token(scope, headers)
        if entered is not None:
            return entered
        site = headers.get("sec-fetch-site", "")
        if scope["method"] in SAFE:
            if site in {"cross-site", "same-site"} and headers.get("sec-fetch-mode") != "navigate":
                return _refused(403, say("desk.refused.origin"))
            return None
        origin = headers.get("origin", "")
        told = bool(site or origin)
        same = site in {"", "same-origin"} and origin in {"", f"http://{hosts[0]}"}
        if not (told and same and headers.get(CUSTOM) == "1"):
            return _refused(403, say("desk.refused.origin"))
        return None

    def _token(self, scope: Scope, headers: Headers) -> Response | None:
        """Return ``None`` where the token is shown; a first visit gets a cookie instead of it."""
        if not self._place.token:
            return None
        if _same(_cookie(headers), self._place.secret):
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN, [""])[0]
        if scope["method"] in SAFE and _same(given, self._place.token):
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(COOKIE, self._place.secret, httponly=True, samesite="strict")
            return answer
        return _refused(401, say("desk.refused.token"))


class _StoppedError(HTTPException):
    """A request is not read to its end."""

    def answer(self) -> Response:
        return _refused(self.status_code, self.detail)


def _too_large(most: int) -> _StoppedError:
    return _StoppedError(413, say("desk.too_large", limit=most >> 20))


def _limited(receive: Receive, headers: Headers, most: int) -> Receive:
    """Return a receiver that stops as soon as more has come than may, whatever was announced.

    And as soon as it comes too slowly: a body that never ends would hold its file for ever.
    """
    announced = headers.get("content-length", "")
    came, whole = 0, False
    start = asyncio.get_running_loop().time()

    async def counted() -> Message:
        nonlocal came, whole
        if announced.isdigit() and int(announced) > most:
            raise _too_large(most)
        if whole:  # what comes now is that the other side has left
            return await receive()
        try:
            async with asyncio.timeout_at(start + GRACE_S + came / LEAST_RATE):
                message = await receive()
        except TimeoutError as error:
            raise _StoppedError(408, say("desk.slow")) from error
        came += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if came > most:
            raise _too_large(most)
        return message

    return counted


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _all_headers(headers).items():
                headers.setdefault(name, value)
        await send(message)

    return sent


def _all_headers(headers: Mapping[str, str]) -> dict[str, str]:
    html = headers.get("content-type", "").startswith("text/html")
    return {**HEADERS, "content-security-policy": POLICY if html else "default-src 'none'; sandbox"}


def _refused(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status, headers={"connection": "close"})


def _parted(header: str) -> tuple[str, int]:
    """Return name and port of a Host header; port 80 where none is written, -1 for nonsense."""
    name, colon, port = header.strip().lower().rpartition(":")
    if not colon or header.endswith("]"):
        name, port = header.strip().lower(), "80"
    return name.strip("[]"), int(port) if port.isascii() and port.isdigit() else -1


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _same(given: str, wanted: str) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    return hmac.compare_digest(given.encode(), wanted.encode())
