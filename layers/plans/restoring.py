"""Whether an area is land that is restored, by its name and the words around it.

The name decides what the land is for: whatever is done around a car park, it is a car park. Then
a word of restoring in the name or in front of the number; then, for a mere place or no name, what
stands before a colon, the list that it goes on with, or the project's own name.
"""

import re
from dataclasses import dataclass

from layers.plans.measured import Measured
from layers.plans.wordlists import any_of, table

_WORDS = table("works")
_NAMES, _LAND = _WORDS["names"], _WORDS["restoration"]
_REACH = 80  # characters around a number that say whether sewage is treated there

_RESTORED = re.compile(any_of(_LAND["words"]))
_WEAK = re.compile(any_of(_LAND["weak"]))
_CONTEXT = re.compile(any_of(_LAND["context"]))
_OTHER = re.compile(
    rf"{any_of(_LAND['not_restored'])}(?:规划|建设|改造|提升|打造|保护)?(?:总?面积|工程|项目)?$"
)
_TREATMENT, _SEWAGE = re.compile(_LAND["treatment"]), re.compile(_LAND["sewage"])
_STANDING, _ACTS = re.compile(_LAND["standing"]), re.compile(_LAND["acts"])
_ACT_FIRST = re.compile(f"(?:{_NAMES['made_first']})?(?:{_LAND['acts']})")
_PLACE = re.compile(_NAMES["where_ends"])
_VERB = re.compile(any_of([*_NAMES["done"], *_NAMES["made"]]))
_LEAD = re.compile(r"([^,，。;:()]{1,40}):[^,，。;:()]*$")


@dataclass(frozen=True, slots=True)
class Land:
    """What an area is for.

    Attributes:
        restored: it is restored.
        other: its name says that it is for something else, or a building.
        goes_on: what makes it restored holds for what a list adds: 治理沙地 5 亩、荒地 3 亩.
        place: its name is only that of a place.

    """

    restored: bool = False
    other: bool = False
    goes_on: bool = False
    place: bool = False


def speaks_of_restoring(text: str) -> bool:
    """Return whether a text speaks of restoring land anywhere."""
    return bool(_CONTEXT.search(text))


@dataclass(frozen=True, slots=True)
class Around:
    """What is said around an area.

    Attributes:
        words: the clause that states it.
        before: what stands in front of the number up to the number before.
        title: the project's name, folded.
        restoring: the text or the title speaks of restoring land anywhere.
        sewage: the sentence speaks of sewage.

    """

    words: str
    before: str
    title: str
    restoring: bool
    sewage: bool


def land(name: str, around: Around, last: Land) -> Land:
    """Return what an area is for; ``last`` is the land of the number before."""
    if _OTHER.search(name):
        return Land(other=True)
    place = bool(_PLACE.search(name))
    said = f"{name}\n{around.words}"
    standing = _STANDING.search(around.words) and not _ACTS.search(said)
    if standing or (around.sewage and _TREATMENT.search(name)):
        return Land(place=place)
    if _RESTORED.search(said) or (around.restoring and _WEAK.search(said)):
        goes_on = bool(_ACT_FIRST.match(around.words))
        return Land(restored=True, goes_on=goes_on, place=place)
    added = around.before.startswith("、") and not _VERB.search(around.before)
    if last.goes_on and (added or (place and last.place)):
        return Land(restored=True, goes_on=True, place=place)
    if place or not name:
        lead = _LEAD.search(around.before)
        restored = bool(_RESTORED.search(lead[1])) if lead else _is_named(around.title)
        return Land(restored=restored, goes_on=restored and place, place=place)
    return Land()


def _is_named(title: str) -> bool:
    return bool(_RESTORED.search(title)) and not _OTHER.search(title)


def is_among_sewage(text: str, one: Measured) -> bool:
    """Return whether the sentence of a number speaks of sewage."""
    first = max(text.rfind("。", 0, one.start), one.start - _REACH, 0)
    last = text.find("。", one.end, one.end + _REACH)
    return bool(_SEWAGE.search(text, first, last if last >= 0 else one.end + _REACH))
