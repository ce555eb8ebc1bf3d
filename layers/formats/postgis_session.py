"""The talk with a PostGIS database: one transaction that can change nothing."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import Identifier

from layers.connection import Connection, printable
from layers.errors import LayerError
from layers.formats.source import quoted, refuse
from layers.words import say

CONNECT_S = 10
"""Seconds to wait for a server where neither the string nor PGCONNECT_TIMEOUT says."""

STATEMENT_S = 600
"""Seconds that the server may take to answer, or to come up with the next rows."""

NAMED = 20
"""So many tables are named where a person has to choose."""

_SAID_BY_SERVER = (
    ("42501", "db_denied"),
    ("57014|55P03", "db_timeout"),
    ("22021|22P05", "db_text"),
    ("08...|57P..", "db_lost"),
)
"""SQLSTATE, which is the same in every language, and the text that shows the way out."""

_SAID_AT_THE_DOOR = (
    ("password|密码|认证", "db_password"),
    ('database ".*" does not exist|数据库 ".*" 不存在', "db_missing"),
)
"""The same where no connection came about: the driver has only the server's words then."""

_SETTINGS = """
SELECT set_config('search_path', concat_ws(', ', 'pg_catalog',
           nullif(current_setting('search_path'), '')), true),
       set_config('row_security', 'off', true), set_config('statement_timeout', %s, true),
       set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
       set_config('IntervalStyle', 'postgres', true), set_config('bytea_output', 'hex', true),
       set_config('extra_float_digits', '1', true)
"""
"""Rows withheld by a policy are an error, and a value has one way to be written."""

_POSTGIS = """
SELECT e.extnamespace, n.nspname FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'
"""

_COLUMNS = """
SELECT n.nspname, c.relname, a.attname,
       t.typnamespace = %s AND t.typname IN ('geometry', 'geography'),
       CASE b.typnamespace WHEN 'pg_catalog'::regnamespace THEN b.typname::text ELSE '' END,
       array_position(i.indkey::int2[], a.attnum)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname <> 'information_schema'
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.oid IN (
    SELECT g.attrelid FROM pg_attribute g JOIN pg_type t ON t.oid = g.atttypid
    WHERE t.typname IN ('geometry', 'geography') AND t.typnamespace = %s)
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname, a.attnum
"""
"""Every column of the tables that have one of geometries, less those of the extensions."""


@dataclass(frozen=True, slots=True)
class Table:
    """A column of geometries (``shape``) and what stands beside it.

    ``fields`` are the columns' names and types of PostgreSQL, "" for a type of
    somebody else's; ``others`` further columns of geometries; ``key`` the primary key.
    """

    schema: str
    name: str
    shape: str
    fields: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    key: tuple[str, ...]

    def __str__(self) -> str:
        """Return what a person may write for it, as short as it is plain."""
        place = f"{self.schema}.{self.name}"
        return f"{place}({self.shape})" if self.others else place

    @property
    def spellings(self) -> frozenset[str]:
        """What a person may write for it: compared as a whole, for a name may hold any sign."""
        column = f"{self.name}({self.shape})"
        return frozenset(
            {self.name, column, f"{self.schema}.{self.name}", f"{self.schema}.{column}"}
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A transaction in which PostGIS stands in the schema ``extension``."""

    connection: psycopg.Connection[Any]
    place: Connection
    extension: str
    tables: tuple[Table, ...]

    def postgis(self, name: str) -> Identifier:
        """Return a function or type of PostGIS, and of nobody else's schema."""
        return Identifier(self.extension, name)


@contextmanager
def opened(place: Connection, encoding: str) -> Iterator[Session]:
    """Open a transaction that reads one state and changes nothing; say plainly what fails.

    Raises:
        LayerError: the string is not understood, or the server says no, now or later.

    """
    if not place.secret:
        refuse("db_string")
    try:
        connection = psycopg.connect(**_options(place, encoding))
    except psycopg.Error as error:
        text = str(error).rpartition("failed: ")[2]
        found = (key for said, key in _SAID_AT_THE_DOOR if re.search(said, text))
        reason = _reason(place, text)
        _say_no(next(found, "db_connect"), place, reason)
    try:
        with connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute(_SETTINGS, [f"{STATEMENT_S}s"])
            yield _entered(connection, place)
    except psycopg.Error as error:
        state = error.sqlstate or ("08000" if connection.closed else "")
        found = (key for said, key in _SAID_BY_SERVER if re.fullmatch(said, state))
        reason = _reason(place, error.diag.message_primary or str(error))
        _say_no(next(found, "db_failed"), place, reason)
    except UnicodeError:
        _say_no("db_text", place, "")


def _options(place: Connection, encoding: str) -> dict[str, Any]:
    waits = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
    if "PGCONNECT_TIMEOUT" not in os.environ:
        waits["connect_timeout"] = CONNECT_S
    return {**waits, **conninfo_to_dict(place.secret), "client_encoding": encoding or "utf-8"}


def _reason(place: Connection, text: str) -> str:
    """Return the server's words on one line; a stranger may have chosen them."""
    return printable(" ".join(place.scrubbed(text).split()))


def _say_no(key: str, place: Connection, reason: str) -> NoReturn:
    # the driver's own error may quote the string: it is not handed on
    raise LayerError(say(f"format.refused.{key}", file=place, reason=reason)) from None


def _entered(connection: psycopg.Connection[Any], place: Connection) -> Session:
    """Return the session, once it is known where PostGIS is and what tables there are."""
    found = connection.execute(_POSTGIS).fetchone()
    if found is None:
        refuse("db_postgis", file=place)
    oid, extension = found
    tables: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for schema, name, *column in connection.execute(_COLUMNS, [oid, oid]):
        tables.setdefault((schema, name), []).append(tuple(column))
    listed = [table for (schema, name), columns in tables.items()
              for table in _tables(schema, name, columns)]  # fmt: skip
    return Session(connection, place, extension, tuple(listed))


def _tables(schema: str, name: str, columns: Sequence[tuple[Any, ...]]) -> list[Table]:
    """Return one entry for each column of geometries of a table."""
    shapes = [column for column, is_shape, _, _ in columns if is_shape]
    fields = tuple((column, kind) for column, is_shape, kind, _ in columns if not is_shape)
    key = sorted((at, column) for column, _, _, at in columns if at is not None)
    return [
        Table(schema, name, shape, fields, tuple(other for other in shapes if other != shape),
               tuple(column for _, column in key))
        for shape in shapes
    ]  # fmt: skip


def chosen_table(session: Session, table: str) -> Table:
    """Return the table that is named, or the only one there is.

    Raises:
        LayerError: there is none, or several may be meant.

    """
    found = [one for one in session.tables if not table or table in one.spellings]
    if len(found) == 1:
        return found[0]
    if not session.tables:
        refuse("db_no_geometry", file=session.place)
    names = [printable(str(one)) for one in found or session.tables]
    listed = "、".join(names[:NAMED]) + ("……" if len(names) > NAMED else "")
    return refuse("db_tables", file=session.place, found=listed, value=quoted(table) or "—")
