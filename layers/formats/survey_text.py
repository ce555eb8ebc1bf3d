"""The text of a survey coordinate file taken apart: its head, its parcels, their points."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from layers.formats.source import quoted

HEAD, BODY = "[属性描述]", "[地块坐标]"

COLUMNS = ("点数", "面积", "地块编号", "地块名称", "图形属性", "图幅号", "用途", "地类编码")
"""The parts of a parcel line (area in hectares), as frame columns."""

MIN_POINTS = 3

_CHINESE = re.compile("[\u4e00-\u9fff]")

REMARK = ("#", "//")

NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_RING = re.compile(r"[-+]?\d{1,4}")
_POINT = re.compile(r"[A-Za-z]{0,6}\d{1,9}[A-Za-z]?(?:-\d{1,6})?")
_OURS = re.compile("属性|坐标|地块|界址")
"""A word in the headings of the parts that are read; others ([备注]) hold no parcels."""
_WIDE = str.maketrans("，；［］【】＝＠　０１２３４５６７８９．－", ",;[][]=@ 0123456789.-")


@dataclass(slots=True)
class Parcel:
    """A parcel as written: its line's parts, its rings of number pairs, its first fault."""

    line: int
    parts: list[str]
    rings: list[list[tuple[float, float]]] = field(default_factory=list)
    points: int = 0
    fault: tuple[str, dict[str, object]] | None = None
    last: str = ""

    @property
    def name(self) -> str:
        """Return the parcel's number, its name, or the line on which it begins."""
        named = [*self.parts[2:4], *(["", ""])][:2]
        return quoted(named[0] or named[1]) or f"L{self.line}"


@dataclass(slots=True)
class Content:
    """A file taken apart; ``heads`` has every value that a key of a head was given.

    ``skipped`` are the lines that are no part of the format: a title, a remark.
    """

    heads: dict[str, list[str]] = field(default_factory=dict)
    parcels: list[Parcel] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def is_survey(content: str) -> bool:
    """Tell a survey coordinate file from another text by its two headings or its parcel line."""
    plain = content[:200_000].translate(_WIDE)
    return BODY in plain or HEAD in plain or re.search(r",@\s*$", plain, re.MULTILINE) is not None


def parse(content: str) -> Content:
    """Return the heads' values by key, and the parcels as written."""
    found = Content()
    in_head, ours = False, True
    for number, raw in enumerate(content.splitlines(), start=1):
        line = raw.translate(_WIDE).strip()
        if not line:
            continue
        if line.startswith(REMARK):
            found.skipped.append(line)
        elif line.startswith("["):
            in_head, ours = line.startswith(HEAD), _OURS.search(line) is not None
            if not ours:
                found.skipped.append(line)
        elif "=" in line and (in_head or not found.parcels):
            _take_value(found.heads, line)
        elif _is_parcel_line(line):
            found.parcels.append(Parcel(number, _parcel_parts(raw.strip(), line)))
        elif not ours or (not found.parcels and _is_title(line)):
            found.skipped.append(line)
        else:
            if not found.parcels:
                # no parcel line at all: the whole file is one parcel
                found.parcels.append(Parcel(number, []))
            _take_point(found.parcels[-1], line, number)
    return found


def _take_value(heads: dict[str, list[str]], line: str) -> None:
    key, _, value = line.partition("=")
    values = heads.setdefault(key.strip(), [])
    if value.strip() not in values:
        values.append(value.strip())


def _is_parcel_line(line: str) -> bool:
    parts = line.split(",")
    return line.endswith("@") or (len(parts) >= len(COLUMNS) and "面" in parts)


def _parcel_parts(raw: str, line: str) -> list[str]:
    """Return the parts of a parcel line without its closing sign."""
    # names keep their full-width signs where the line itself has plain commas
    written = raw if "," in raw else line
    sign = "," if "," in written else "\t"
    return [part.strip() for part in written.rstrip("@＠").rstrip().rstrip(sign).split(sign)]


def _is_title(line: str) -> bool:
    """Tell a line above the first parcel that is words, and no broken position."""
    parts = re.split(r"[,;\s]+", line)
    point = len(parts) > 2 and _POINT.fullmatch(parts[0])  # noqa: PLR2004
    return _CHINESE.search(line) is not None and not point


def _take_point(parcel: Parcel, line: str, number: int) -> None:
    parts = [part.strip() for part in re.split(r"[,;\t]", line)]
    if len(parts) == 1:
        parts = line.split()
    while parts and not parts[-1]:
        parts.pop()
    if len(parts) == 2 and all(NUMBER.fullmatch(part) for part in parts):  # noqa: PLR2004
        # X and Y without a number of the point
        parts.insert(0, "1")
    ring, rest = "1", parts[1:]
    if len(rest) > 2 and _RING.fullmatch(rest[0]):  # noqa: PLR2004  # ring, X, Y
        ring, rest = rest[0], rest[1:]
    readable = (
        len(rest) >= 2  # noqa: PLR2004  # X, Y
        and _POINT.fullmatch(parts[0])
        and all(NUMBER.fullmatch(part) for part in rest[:2])
    )
    if not readable:
        parcel.fault = parcel.fault or ("survey_line", {"row": number, "value": quoted(line)})
        return
    point = (float(rest[0]), float(rest[1]))
    current = parcel.rings[-1] if parcel.rings else None
    closed = current is not None and len(current) > MIN_POINTS and current[0] == current[-1]
    if current is None or ring != parcel.last or closed:
        parcel.rings.append([])
    parcel.rings[-1].append(point)
    parcel.points += 1
    parcel.last = ring


def overfull(parcels: list[Parcel]) -> Iterator[Parcel]:
    """Yield the parcels that have more points than their line says."""
    for parcel in parcels:
        stated = parcel.parts[0] if parcel.parts else ""
        if stated.isdigit() and 0 < int(stated) < parcel.points - len(parcel.rings):
            yield parcel
