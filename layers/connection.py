"""Connection strings of databases, and what of them may be shown.

A connection string may hold a password. So it is turned into a ``Connection`` as soon as
it is met: a text that is fit to print, with the string itself kept behind it.
"""

import re
from collections.abc import Mapping
from typing import Any, Self

SHOWN = 200
"""Characters of a name that are shown: a host's has 255 at most, a table with its schema 127."""

_LIKE = re.compile(r"\s*(?:pg:|[a-z][\w+.:-]+:/|.*\bpassword\s*=)", re.IGNORECASE | re.DOTALL)
"""A URL of any sort (one letter is a drive of Windows), GDAL's ``PG:``, or libpq's words."""

_URL = re.compile(r"postgres(?:ql)?://")
_GDAL = re.compile(r"pg:", re.IGNORECASE)


class Connection(str):
    """A connection string as it may be shown: ``postgresql://user@host:5432/database``.

    ``secret`` is the string for libpq, "" where it cannot be understood: then
    nothing of it is shown, since any part may be the password. ``hidden`` are the
    values that no message may repeat.
    """

    __slots__ = ("hidden", "secret")
    hidden: tuple[str, ...]
    secret: str

    def __new__(cls, shown: str, secret: str, hidden: tuple[str, ...]) -> Self:
        """Return a connection of its parts; ``connection`` makes one of a string."""
        made = super().__new__(cls, shown)
        made.secret, made.hidden = secret, hidden
        return made

    def __getnewargs__(self) -> tuple[str, str, tuple[str, ...]]:
        """Return what a copy is made of."""
        return str(self), self.secret, self.hidden

    def at(self, place: str) -> "Connection":
        """Return the same connection, shown with the table in it that is meant."""
        return Connection(f"{self}（{printable(place)}）", self.secret, self.hidden)

    def scrubbed(self, text: str) -> str:
        """Return a text of the driver without the values that must not be shown."""
        for value in self.hidden:
            text = text.replace(value, "***")
        return text


def is_connection(text: object) -> bool:
    """Tell a string that is no path of a file but may be a connection string.

    >>> is_connection("PG:dbname=x"), is_connection("D:/图层/红线.gpkg")
    (True, False)
    """
    return isinstance(text, str) and (isinstance(text, Connection) or bool(_LIKE.match(text)))


def connection(text: str) -> Connection:
    """Return the connection of a string, or the one given as it is."""
    if isinstance(text, Connection):
        return text
    secret = _for_libpq(text.strip())
    parts = _parts(secret)
    hidden = tuple(value for name, value in parts.items() if "password" in name and value)
    return Connection(_shown(parts), secret if parts else "", hidden)


def hide(value: Any) -> Any:
    """Return a value of a TOML file with every connection string in it fit to be shown."""
    if isinstance(value, dict):
        return {key: hide(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hide(item) for item in value]
    return connection(value) if isinstance(value, str) and is_connection(value) else value


def _for_libpq(text: str) -> str:
    """Return the string as libpq takes it, "" if it is none of PostgreSQL."""
    if "\0" in text:
        # libpq would stop reading here, in the middle of a password perhaps
        return ""
    if _GDAL.match(text):
        return text[3:].strip().strip('"')
    return text if _URL.match(text) else ""


def _parts(secret: str) -> Mapping[str, str]:
    """Return the words of a string, none where it is not understood beyond doubt.

    libpq takes what follows an unescaped ``@`` or ``/`` of a password for the host or the
    database. Neither has these signs in truth, so such a string is not understood.
    """
    if not secret:
        return {}
    try:
        # psycopg is an extra; without it nothing can be read, and nothing is shown
        from psycopg import ProgrammingError  # noqa: PLC0415
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
    except ImportError:
        return {}
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(secret).items()}
    except (ProgrammingError, UnicodeError):
        return {}
    places = "".join(parts.get(name, "") for name in ("host", "hostaddr", "dbname", "service"))
    ports = parts.get("port", "").replace(",", "")
    if set(places) & set("@=?") or "://" in places or not re.fullmatch(r"[0-9]*", ports):
        return {}
    return parts or {"dbname": ""}


def printable(text: str) -> str:
    """Return a name or a sentence of somebody else's, cut and without control characters."""
    return "".join(letter for letter in text[:SHOWN] if letter.isprintable())


def _shown(parts: Mapping[str, str]) -> str:
    if not parts:
        return "postgresql://…"
    user, host, port, database, service = (
        printable(parts.get(name, "")) for name in ("user", "host", "port", "dbname", "service")
    )
    host = host or printable(parts.get("hostaddr", ""))
    return (
        "postgresql://"
        + (f"{user}@" if user else "")
        + (f"[{host}]" if ":" in host else host)
        + (f":{port}" if port else "")
        + (f"/{database}" if database else "")
        + (f"?service={service}" if service else "")
    )
