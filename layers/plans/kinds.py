"""What named things are called: the nouns that end their names, and the words that are no names.

The words themselves are in ``features.toml``.
"""

import re
from dataclasses import dataclass
from functools import cache

from layers.plans.wordlists import any_of, table

HAN = "㐀-鿿〇"
"""Chinese characters, for a class of a pattern."""

_PLACE = re.compile(
    rf"(?![全各我本该两每某])(?:[{HAN}]{{2,6}}?(?:自治县|省|市|县|区|旗|镇|乡|街道)|[{HAN}]县)(?!级)"
    rf"(?=[{HAN}“]{{2}})"
)
_RANK = {"省": 0, "市": 1, "县": 2, "区": 2, "旗": 2, "镇": 3, "乡": 3, "道": 3}


@dataclass(frozen=True, slots=True)
class Kind:
    """How the names of one kind of thing end and begin: a table of ``features.toml``."""

    name: str
    nouns: tuple[str, ...]
    longest: int
    bare: bool
    seat: bool
    says_class: bool
    not_before: re.Pattern[str]
    weak: frozenset[str]
    weak_before: re.Pattern[str]
    soft: frozenset[str]
    proper: frozenset[str]
    generic: re.Pattern[str]
    shown_by: re.Pattern[str]
    shown_behind: re.Pattern[str]
    plainly: re.Pattern[str]
    on_river: str
    ranked: re.Pattern[str]
    before: re.Pattern[str]
    first_off: re.Pattern[str]


@cache
def kinds() -> dict[str, Kind]:
    """Return the kinds by their names."""
    words = table("features")["words"]
    found = {}
    for name, row in table("features")["kind"].items():
        keeps = set(row.get("keeps", ())) | set(row.get("proper", ()))
        before = [word for word in _before(words) if word.partition("(")[0] not in keeps]
        found[name] = Kind(
            name=name,
            nouns=tuple(row["nouns"]),
            longest=int(row["longest"]),
            bare=bool(row.get("bare")),
            seat=bool(row.get("seat")),
            says_class=bool(row.get("class")),
            not_before=re.compile(str(row.get("not_before", "(?!)"))),
            weak=frozenset(row.get("weak", ())),
            weak_before=re.compile(str(row.get("weak_before", ""))),
            soft=frozenset(row.get("soft", ())),
            proper=frozenset(row.get("proper", ())),
            first_off=re.compile(str(row.get("first_off", "(?!)"))),
            generic=re.compile(_generic(name)),
            shown_by=re.compile(str(row.get("shown_by", ""))),
            shown_behind=re.compile(str(row.get("shown_behind", "(?!)"))),
            on_river=str(row.get("on_river", "")),
            ranked=re.compile(str(row.get("ranked", "(?!)"))),
            plainly=re.compile(str(row.get("plainly", "(?!)"))),
            before=re.compile("|".join((f"(?P<whole>{any_of(words['whole'])})", *before))),
        )
    return found


def _generic(kind: str) -> str:
    """Return a pattern of what names nothing before the nouns of a kind.

    Of words of one character it takes one only: several make a name (三岔河, 大小山).
    """
    features = table("features")
    plain = features["kind"][kind].get("plain", features["words"]["generic"])
    words = features["kind"][plain]["plain"] if isinstance(plain, str) else plain
    long = any_of([word for word in words if len(word) > 1])
    return f"{long}*{any_of([word for word in words if len(word) == 1])}?{long}*"


def _before(words: dict[str, list[str]]) -> list[str]:
    """Return the patterns of the words that end before a name, the longest first."""
    plain = [re.escape(word) for word in words["before"]]
    return sorted((*plain, *words["before_unless"]), key=lambda w: -len(w.partition("(")[0]))


@dataclass(frozen=True)
class Words:
    """The words around names, whatever their kind."""

    of_noun: dict[str, Kind]
    nouns: tuple[str, ...]
    noun: re.Pattern[str]
    before: re.Pattern[str]
    bad: re.Pattern[str]
    somebody: re.Pattern[str]
    whole: re.Pattern[str]
    function: frozenset[str]
    doubtful: frozenset[str]


@cache
def words() -> Words:
    """Return the words around names."""
    listed = table("features")["words"]
    of_noun = {noun: kind for kind in kinds().values() for noun in kind.nouns}
    return Words(
        of_noun=of_noun,
        nouns=tuple(of_noun),
        noun=re.compile(any_of(list(of_noun))),
        before=re.compile("|".join(_before(listed))),
        bad=re.compile(f"^(?:{listed['begins_badly']})|(?:{listed['ends_badly']})$"),
        somebody=re.compile(any_of(listed["somebody"])),
        whole=re.compile(any_of(listed["whole"])),
        function=frozenset(str(listed["function"])),
        doubtful=frozenset(str(listed["function"]) + str(listed["joining"])),
    )


def without_place(name: str, noun: str, kind: Kind) -> str:
    """Return a name without the county and township that stand before it."""
    while match := _PLACE.match(name):
        rest = name[match.end() :]
        if not is_core(rest[: len(rest) - len(noun)], kind):
            return name
        name = rest
    return name


def without_upper_place(name: str, noun: str) -> str:
    """Return a name that begins with city and county without the city."""
    first = _PLACE.match(name)
    if not first or len(name) - first.end() <= len(noun):
        return name
    rest = name[first.end() :]
    second = _PLACE.match(rest)
    upper = first.group()
    if rest.startswith(upper[:-1]) or (
        second and _RANK[upper[-1]] <= min(_RANK[second.group()[-1]], _RANK["市"])
    ):
        return rest
    return name


def is_core(core: str, kind: Kind) -> bool:
    """Return whether what stands before the noun names something, not just any such thing."""
    return bool(core) and not kind.generic.fullmatch(core) and not words().bad.search(core)


def is_name(name: str, noun: str, kind: Kind) -> bool:
    """Return whether a text is the name of one thing of its kind."""
    core = name[: len(name) - len(noun)]
    if core in kind.proper:
        return True
    if len(core) > kind.longest or not is_core(core, kind):
        return False
    place = _PLACE.match(core + "某某")
    rest = core[place.end() :] if place else core
    return kind.seat if not rest else is_core(rest, kind)
