"""Which row of one version of a table is which row of another: by evidence, or not at all."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from layers.gazetteer import normalise
from layers.plans.drafts import CONTRACT, Row

Pair = tuple[Row | None, Row | None]
"""A row as the machine read it, and as a person left it. One of them may be missing: the person
removed the row, or added it."""

IDENTITY = ("table", "table_title", "seq", "name")
CONTENT = (
    "location", "investment_raw", "period_raw", "owner_raw", "areas", "lengths_km", "capacities",
)  # fmt: skip
LEVELS = (
    IDENTITY,
    ("table_title", "seq", "name"),
    ("table", "seq", "name"),
    ("table_title", *CONTENT, "name"),
    ("table", *CONTENT, "name"),
    ("table_title", "name"),
    ("table", "name"),
    ("seq", "name"),
)
"""What two rows must share to be one project, the strongest first. A row that is put in shifts
the numbers below it, a table that is put in shifts those of the tables: a level matches only what
occurs once on either side. All but the first need every part of ``IDENTITY`` that they name
stated. Two rows of one name are told apart by what they are to build."""

SIMILAR = 0.8
"""Of two names under one number (difflib's ratio): a word more or less, not another project."""

RIVAL = 0.6
"""A second name as near as this makes the first a guess."""

MAX_NAME = 200
"""Characters of a name that is compared: the time grows with their square."""

_NUMBERS = re.compile(r"[0-9]+|[一二三四五六七八九十]+")
_PLACES = ("townships", "villages", "rivers", "places", "counties")
_COLUMN = {column.name: column for column in CONTRACT.columns}


class _Matches:
    """Positions in one sequence and what they are in another, each used once: who comes first."""

    def __init__(self) -> None:
        self.found: dict[int, int] = {}
        self._taken: set[int] = set()

    def take(self, pairs: Iterable[tuple[int, int]]) -> None:
        for number, at in pairs:
            if number not in self.found and at not in self._taken:
                self.found[number] = at
                self._taken.add(at)

    def free(self, at: int) -> bool:
        return at not in self._taken


def paired(draft: Sequence[Row], rows: Sequence[Row]) -> tuple[Pair, ...]:
    """Return the rows of one version with their drafts, in the order of the rows.

    Within one version the line is the place: what stands there with its name or its number is the
    row. A row whose line was changed is found by caption, number and name. Rows of the draft that
    are gone come last.
    """
    at_line = {row["line"]: at for at, row in enumerate(draft)}
    there = [(n, at_line[row["line"]]) for n, row in enumerate(rows) if row["line"] in at_line]
    matches = _Matches()
    matches.take(
        (number, at)
        for number, at in there
        if any(rows[number][name] == draft[at][name] for name in ("name", "seq"))
    )
    alone = [[(row, None) for row in each] for each in (rows, draft)]
    matches.take(_by_level(*alone, [IDENTITY]))
    matches.take(there)
    pairs = [
        (draft[matches.found[n]] if n in matches.found else None, row) for n, row in enumerate(rows)
    ]
    return (*pairs, *((row, None) for at, row in enumerate(draft) if matches.free(at)))


def matched(old: Sequence[Pair], new: Sequence[Pair], *, same_document: bool) -> dict[int, int]:
    """Return for positions in ``new`` the position in ``old`` of the same project.

    What is ambiguous has none. Rows are compared as the machine read them and as people left
    them, never by line alone: rows that say the same are told apart by their lines only in one
    and the same document, and where all of them still stand on the lines on which they stood.
    """
    matches = _Matches()
    if same_document:
        matches.take(_by_level(new, old, [("line", "name")]))
    matches.take(_unmoved(new, old))
    matches.take(_by_level(new, old, LEVELS))
    rest = [number for number in range(len(new)) if number not in matches.found]
    matches.take(_similar(new, rest, old, [at for at in range(len(old)) if matches.free(at)]))
    return matches.found


def _by_level(
    new: Sequence[Pair], old: Sequence[Pair], levels: Iterable[tuple[str, ...]]
) -> Iterator[tuple[int, int]]:
    """Yield the positions of rows that share what occurs once on either side."""
    for level in levels:
        for side in (0, 1):
            ahead, behind = _once(new, side, level), _once(old, side, level)
            yield from ((at, behind[key]) for key, at in ahead.items() if key in behind)


def _unmoved(new: Sequence[Pair], old: Sequence[Pair]) -> Iterator[tuple[int, int]]:
    """Yield the positions of rows that say the same and stand on the same lines as before."""
    for side in (0, 1):
        ahead, behind = _lines_of(new, side), _lines_of(old, side)
        for key in ahead.keys() & behind.keys():
            if ahead[key].keys() == behind[key].keys():
                yield from ((at, behind[key][line]) for line, at in ahead[key].items())


def _lines_of(pairs: Sequence[Pair], side: int) -> dict[tuple[str, ...], dict[str, int]]:
    found: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for at, pair in enumerate(pairs):
        row = pair[side]
        if row is not None and row["name"]:
            found[tuple(normalise(row[name]) for name in IDENTITY)][row["line"]] = at
    return found


def _once(pairs: Sequence[Pair], side: int, level: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, pair in enumerate(pairs):
        row = pair[side]
        key = () if row is None else tuple(normalise(row[name]) for name in level)
        needed = ["name"] if level == IDENTITY else [name for name in level if name not in CONTENT]
        if row is not None and all(row[name] for name in needed):
            found[key].append(at)
    return {key: at[0] for key, at in found.items() if len(at) == 1}


def _similar(
    new: Sequence[Pair], rest: Sequence[int], old: Sequence[Pair], free: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield the positions of rows that have one number in one table and nearly one name."""
    near: list[tuple[float, int, int]] = []
    by_seq: dict[str, list[int]] = defaultdict(list)
    for at in free:
        for seq in {row["seq"] for row in old[at] if row}:
            by_seq[seq].append(at)
    for number in rest:
        for at in dict.fromkeys(
            at for row in new[number] if row and row["seq"] for at in by_seq[row["seq"]]
        ):
            ratio = max(map(_likeness, new[number], old[at]))
            if ratio >= RIVAL:
                near.append((ratio, number, at))
    ahead = Counter(number for _, number, _ in near)
    behind = Counter(at for _, _, at in near)
    yield from (
        (number, at)
        for ratio, number, at in near
        if ratio >= SIMILAR and ahead[number] == behind[at] == 1
    )


def _likeness(one: Row | None, other: Row | None) -> float:
    """Return how like two names are; 0 where something tells the rows apart."""
    if one is None or other is None or not one["seq"] or one["seq"] != other["seq"]:
        return 0
    if not any(one[name] == other[name] != "" for name in ("table", "table_title")) and any(
        one[name] or other[name] for name in ("table", "table_title")
    ):
        return 0
    first, second = normalise(one["name"]), normalise(other["name"])
    if max(len(first), len(second)) > MAX_NAME or _NUMBERS.findall(first) != _NUMBERS.findall(
        second
    ):
        return 0
    for name in _PLACES:
        here, there = (set(_COLUMN[name].read(row[name])) for row in (one, other))
        if here and there and not here & there:
            return 0
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio()
