"""Names to places: exact, then normalised, then recorded variants; never a fuzzy match.

Where a plan uses one feature's name for another (洋河 for 南洋河 in a project
table) and names.csv records it, the record decides: a person looked at it.

Names are looked up in a text longest first, so that 洋河 inside 南洋河 is not
a river of its own, and a short form that runs on into another thing (千佛岭 in
千佛岭景区) is not taken for the township.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from layers.area import Area

EXACT = "exact"
NORMALISED = "normalised"

# What may follow a short form and makes it the name of something else.
RUNS_ON = (
    "景区", "风景", "森林", "公园", "湿地", "水库", "水源", "保护区", "自然", "煤矿", "煤业",
    "矿", "林场", "牧场", "村", "山", "河", "沟", "泉", "路", "街", "桥", "大道", "遗址", "长城",
    "断面", "电厂", "电站", "光伏", "铁路",
)  # fmt: skip

# What may stand before a river's name and makes it another river's.
RUNS_INTO = ("东", "西", "南", "北", "大", "小", "上", "下", "新", "老")

# A basin is not the river's line, and what is called after a river need not be on it.
NOT_THE_RIVER = (
    "流域", "灌区", "生态经济带", "经济带", "湿地公园", "公园", "景区", "水库", "煤矿", "煤业",
    "电厂", "电站", "村", "镇", "乡", "街", "路", "大道",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """What a name stands for: kind (county, township, village, feature), key, name.

    The key is the official code, or the feature's id. ``layer_kind`` is the
    kind of layer that may hold its geometry.
    """

    kind: str
    key: str
    name: str
    layer_kind: str


@dataclass(frozen=True, slots=True)
class Match:
    """A name as written, the place it means, and how it was matched.

    ``how`` is ``exact``, ``normalised``, or the basis recorded in names.csv
    (short_form, variant, misprint, former_name). A place that is known but
    ambiguous, or a name that only blocks shorter ones, has no place.
    """

    written: str
    place: Place | None
    how: str


def normalise(text: str) -> str:
    """Return a name without spaces, in one width, with one kind of dash and bracket.

    >>> normalise("米薪关镇 米薪关村（二期）")
    '米薪关镇米薪关村(二期)'
    """
    folded = unicodedata.normalize("NFKC", text)
    dashes = str.maketrans("—–－―", "----")
    return "".join(folded.translate(dashes).split())


class Gazetteer:
    """The names of an area's counties, townships, villages and features."""

    def __init__(
        self,
        area: Area,
        townships: pd.DataFrame,
        villages: pd.DataFrame,
        features: pd.DataFrame,
        names: pd.DataFrame,
    ) -> None:
        """Build the index of an area's tables (see ``layers.contracts.TABLES``)."""
        self._exact: dict[str, dict[str, set[Place]]] = defaultdict(lambda: defaultdict(set))
        self._features: dict[str, dict[str, object]] = {}
        self._township_of: dict[str, str] = {}
        self.places: dict[tuple[str, str], Place] = {}
        for county in area.counties:
            self._add(Place("county", county.code, county.name, "county"), county.name, EXACT)
        self._area_name = area.name
        if area.level == "prefecture":
            self._add(Place("area", area.id, area.name, "county"), area.name, EXACT)
        for row in townships.to_dict("records"):
            self._add(Place("township", row["code"], row["name"], "township"), row["name"], EXACT)
            self._township_of[row["code"]] = row["county_code"]
        self._add_villages(villages)
        for row in features.to_dict("records"):
            place = Place("feature", row["id"], row["name"], row["kind"])
            self._features[row["id"]] = row
            self._add(place, row["name"], EXACT)
            for alias in row["aliases"]:
                self._add(place, alias, "variant")
        self._add_variants(names)

    def _add(self, place: Place, written: str, how: str) -> None:
        self.places[place.kind, place.key] = place
        self._exact[normalise(written)][how].add(place)

    def _add_villages(self, villages: pd.DataFrame) -> None:
        for row in villages.to_dict("records"):
            place = Place("village", row["township_code"] or "", row["name"], "township")
            self._exact[normalise(row["name"])][EXACT].add(place)

    def _add_variants(self, names: pd.DataFrame) -> None:
        for row in names.to_dict("records"):
            meant = self._exact.get(normalise(row["means"]), {})
            found = {
                place
                for places in list(meant.values())
                for place in places
                if place.kind == _PLACE_KIND.get(row["kind"], "feature")
            }
            written = normalise(row["written"])
            # Recorded decisions come first in the order in which resolve looks.
            known = self._exact[written]
            recorded = {row["basis"]: found | known.pop(row["basis"], set())}
            self._exact[written] = defaultdict(set, recorded | known)

    def whole_area(self, text: str | None) -> tuple[Match, ...]:
        """Return the area's counties where a text says 全县, 全市 or the like."""
        if not re.search(r"全[县市区域]", _affirmed(normalise(text or ""))):
            return ()
        return tuple(
            Match(place.name, place, EXACT)
            for (kind, _), place in self.places.items()
            if kind == "county"
        )

    def feature(self, feature_id: str) -> dict[str, object]:
        """Return the features.csv row of an id."""
        return self._features[feature_id]

    def county_of(self, township_code: str) -> str:
        """Return the county code of a township code."""
        return self._township_of.get(township_code, township_code[:6])

    def resolve(
        self, written: str, *, kinds: Iterable[str] = (), counties: Iterable[str] = ()
    ) -> Match:
        """Return what a whole name stands for.

        Args:
            written: the name as the plan writes it.
            kinds: only places of these kinds, if any are given.
            counties: codes of the counties to which the name is confined: no
                township or village of another county is meant.

        A name of several places means none of them.

        """
        key = normalise(written)
        wanted, confined = set(kinds), set(counties)
        for how, places in self._exact.get(key, {}).items():
            fitting = [place for place in places if not wanted or place.kind in wanted]
            if confined:
                fitting = [place for place in fitting if self._within(place, confined)]
            if len(fitting) == 1:
                plain = how == EXACT and key != written
                return Match(written, fitting[0], NORMALISED if plain else how)
            if fitting:
                break
        return Match(written, None, "unknown")

    def _within(self, place: Place, counties: set[str]) -> bool:
        """Whether a township or village may lie in the counties; other places lie in several."""
        if place.kind not in {"township", "village"} or not place.key:
            return True
        return self.county_of(place.key) in counties

    def scan(
        self, text: str | None, *, also: Iterable[str] = (), counties: Iterable[str] = ()
    ) -> tuple[Match, ...]:
        """Return the places named in a text, in order, longest names first.

        Args:
            text: words of the plan (a project's name, its location).
            also: further names known to stand in it (the row's other places):
                they use up their characters even where they mean nothing here.
            counties: see ``resolve``.

        """
        plain = _affirmed(normalise(text or ""))
        extra = {normalise(name) for name in also if name}
        known = sorted({*self._exact, *extra} - {""}, key=lambda name: (-len(name), name))
        matches: list[Match] = []
        at = 0
        while at < len(plain):
            name = next((name for name in known if plain.startswith(name, at)), None)
            if name is None:
                at += 1
                continue
            match = self.resolve(name, counties=counties)
            if match.place is not None and _stands_alone(match, plain, at, at + len(name)):
                matches.append(match)
            at += len(name)
        return tuple(dict.fromkeys(matches))


_PLACE_KIND = {"township": "township", "village": "village"}


def _affirmed(text: str) -> str:
    """Return a text without what it excludes: 除甲镇外 and 不在甲镇 do not name 甲镇."""
    return re.sub(
        r"除(?!尘|臭|磷|险|草|藻).{1,20}?(以外|之外|外)|(不含|不包括|不在).{1,20}", "", text
    )


def unlisted_townships(text: str | None, matches: Iterable[Match]) -> tuple[str, ...]:
    """Return the words of a location that look like a township that no table has."""
    rest = _affirmed(normalise(text or ""))
    for match in sorted(matches, key=lambda match: -len(match.written)):
        rest = rest.replace(normalise(match.written), "，")
    found = re.findall(r"[\u4e00-\u9fff]{2,3}(?:镇|乡|街道)(?![镇村])", rest)
    return tuple(name for name in found if not name.endswith(("乡镇", "城镇", "村镇", "集镇")))


def _stands_alone(match: Match, text: str, start: int, end: int) -> bool:
    """Whether the name at start..end is a name of its own and not part of a longer one."""
    place = match.place
    if place is None:
        return False
    if place.layer_kind == "river":
        if text[end:].startswith(NOT_THE_RIVER):
            return False
        return not (start > 0 and text[start - 1] in RUNS_INTO)
    shortened = match.how not in {EXACT, NORMALISED} and place.kind == "township"
    return not (shortened and text[end:].startswith(RUNS_ON))
