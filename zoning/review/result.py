"""A review as a text that programs read: ``review.json``, the source of truth of its reports.

The schema, version 1 (``schema`` is ``shanhe.review/1``): one object with the fields of ``Review``
under their names, each of them as its dataclass in ``zoning.review.model`` says. Numbers are not
rounded: areas in m2, lengths and distances in metres, shares of 1. Dates are written as ISO 8601
has them, geometries as GeoJSON in EPSG:4490, codes as in ``model``. A field that has its default
(nothing, an empty text, false) is left out. Each site stands on a line of its own, so that two
reviews can be compared line by line. The same review gives the same bytes; areas of the same
inputs agree within 1e-6 m2 wherever they were worked out. A program that meets a newer version
refuses the text; fields that it does not know are faults.
"""

import datetime as dt
import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, NoReturn, Union, get_args, get_origin, get_type_hints

import numpy as np
import shapely
from shapely import Geometry

from layers.errors import ShanheError
from layers.formats.source import quoted
from layers.words import say
from zoning.review.model import Review

SCHEMA = "shanhe.review/1"

_EACH_ON_A_LINE = frozenset({"sites", "rejects", "layers"})
_PLAIN = frozenset({str, int, float, bool, type(None)})


class ResultError(ShanheError):
    """A text is no review, or one of another version."""


def to_json(review: Review) -> str:
    """Return a review as text."""
    parts = [f'"schema":{_line(SCHEMA)}']
    for name, value in _encoded(review).items():
        if name in _EACH_ON_A_LINE and value:
            rows = ",\n".join(map(_line, value))
            parts.append(f"{_line(name)}:[\n{rows}\n]")
        else:
            parts.append(f"{_line(name)}:{_line(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def from_json(text: str) -> Review:
    """Return the review that a text holds.

    Raises:
        ResultError: the text is no review of this version.

    """
    try:
        data = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ResultError(say("review.json.unreadable", reason=quoted(error))) from error
    schema = data.pop("schema", "") if isinstance(data, dict) else ""
    if schema != SCHEMA:
        raise ResultError(say("review.json.schema", found=quoted(schema) or "—", wanted=SCHEMA))
    review: Review = _decoded(Review, data, "")
    return review


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _encoded(value: Any) -> Any:
    """Return a value as JSON has it; of a dataclass the fields that differ from their defaults."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, tuple | list):
        return [_encoded(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _encoded(item) for key, item in value.items()}
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Geometry):
        return shapely.geometry.mapping(value)
    said = ((name, getattr(value, name), default) for name, default in _fields(type(value)))
    return {name: _encoded(item) for name, item, default in said if item != default}


@cache
def _fields(kind: type) -> tuple[tuple[str, object], ...]:
    """Return the fields of a dataclass with their defaults; ``MISSING`` equals nothing."""
    return tuple((field.name, field.default) for field in fields(kind))


@cache
def _types(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _decoded(kind: Any, value: Any, where: str) -> Any:
    """Return what JSON has as a value of a type of ``model``.

    Raises:
        ResultError: it is none, with the place in the text.

    """
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        if value is None:
            return None
        (kind,) = (one for one in get_args(kind) if one is not type(None))
        return _decoded(kind, value, where)
    if origin is tuple:
        return _tuple(get_args(kind), value, where)
    if isinstance(kind, type) and is_dataclass(kind):
        return _object(kind, value, where)
    special = {Geometry: _geometry, dt.date: _date}.get(kind)
    return special(value, where) if special else _plain(kind, value, where)


def _plain(kind: Any, value: Any, where: str) -> Any:
    """Return a text, a number, yes or no, or the record."""
    if kind is float and type(value) is int:
        value = float(value)
    wanted = kind if kind in _PLAIN else dict
    if type(value) is not wanted or (wanted is float and not math.isfinite(value)):
        _fail(where, value)
    return value


def _tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        _fail(where, value)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        _fail(where, value)
    return tuple(
        _decoded(kind, item, f"{where}[{at}]")
        for at, (kind, item) in enumerate(zip(kinds, value, strict=True))
    )


def _object(kind: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        _fail(where, value)
    known = _types(kind)
    for name in value.keys() - known.keys():
        _fail(f"{where}.{name}", value[name])
    for name, default in _fields(kind):
        if default is MISSING and name not in value:
            _fail(f"{where}.{name}", None)
    made = {name: _decoded(known[name], item, f"{where}.{name}") for name, item in value.items()}
    return kind(**made)


def _geometry(value: Any, where: str) -> Geometry:
    try:
        shape = shapely.geometry.shape(value)
    except Exception:  # noqa: BLE001 - shapely raises whatever a wrong mapping leads to
        _fail(where, value)
    if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        _fail(where, value)
    return shape


def _date(value: Any, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        _fail(where, value)


def _refuse(value: str) -> NoReturn:
    raise ValueError(value)


def _fail(where: str, value: object) -> NoReturn:
    raise ResultError(say("review.json.value", place=where.lstrip("."), value=quoted(value)))
