"""Names that end in a noun which says what they are: where they begin, if they are names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from layers.plans.place_tokens import Token
from layers.plans.place_words import words
from layers.plans.wordlists import table

_REACH = {"village": 6, "river": 4, "township": 4, "road": 6, "street": 6, "site": 6, "water": 6}
_REACH_ELSE = 8
"""So many characters stand before the noun of a name at most; more are not only the name."""
_ONE = ("zone", "facility", "formal")
"""Families in which one character before the noun is no name."""
_SIDES = "东西南北中"
_NUMERALS = "两三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun with the words of kind before it and what stands unread before those.

    ``proper``, ``kind`` and ``word`` of 丙丁第二污水处理厂 are 丙丁, 第二 and 污水处理厂.
    """

    family: str
    proper: str
    kind: str
    word: str

    @classmethod
    def of(cls, head: re.Match[str], unread: str) -> "Noun":
        """Return the noun that was found behind unread words.

        A street's name is all that stands before the noun; a side of the sky is a part of any.
        """
        family, kind = str(head.lastgroup), head["kind"]
        word = head.group()[len(kind) :]
        if family == "alone" and kind + word in table("places")["places"]["alone"]:
            return cls(family, unread, "", kind + word)
        own = len(kind) if family == "street" else len(kind) - len(kind.lstrip(_SIDES))
        return cls(family, unread + kind[:own], kind[own:], word)

    @property
    def name(self) -> str:
        """Return all of it."""
        return self.proper + self.kind + self.word

    def reaches_too_far(self) -> bool:
        """Whether more stands before the noun than a name."""
        if self.word in {"乡", "镇"} and self.proper.endswith("族"):
            return len(self.proper) > _REACH_ELSE
        return len(self.proper) > _REACH.get(self.family, _REACH_ELSE)

    def counts(self, before: str) -> bool:
        """Whether a number before the noun counts a list: 丙、丁、戊三村."""
        proper = self.proper + self.kind
        return (
            self.family in {"township", "village"}
            and before == "、"
            and len(proper) > 1
            and proper[-1] in _NUMERALS
            and proper[-2] != "第"
        )

    def begins_longer(self, text: str, end: int) -> bool:
        """Whether it only begins a longer name that goes on at ``end``: 公园路 is no park."""
        places = table("places")["places"]
        if words().street_after.match(text, end):
            return True
        if self.family == "alone":
            after = words().head.match(text, end)
            return after is not None and after.lastgroup != "alone"
        return len(self.word) == 1 and text[end : end + 1] in set(places["longer"])

    def start(self, fresh: int, prefix: Sequence[Token], before: str) -> int | None:
        """Return where the name of a place begins; none where it has no name of its own.

        Args:
            fresh: where the unread words begin.
            prefix: the names that stand right before them.
            before: the break before them; empty where it is further off.

        """
        any_one = before.startswith("#") and self.family not in {"road", "street", "site"}
        if any_one or self.reaches_too_far() or self.name.endswith(words().not_ends["place"]):
            return None  # after a number, 新建一座某园: any one
        joined = self._joins(prefix)
        if joined is not None:
            return prefix[0].start if joined else None
        if len(self.proper) == 1 and self.family in _ONE:
            return fresh if self.family == "facility" and self.proper in "县市镇" else None
        if self.proper:
            return self._formal(fresh, prefix)
        return fresh if self._definite(before) else None

    def _joins(self, prefix: Sequence[Token]) -> bool | None:
        """Whether it makes a name with the one before it; none where it needs no such name."""
        lists = table("places")
        if self.proper in lists["places"]["seats"]:
            return bool(prefix)  # 丙镇区污水处理厂
        if self.word == "湿地" and self.proper in lists["rivers"]["banks"]:
            return bool(prefix) and prefix[-1].family == "river"
        return self._of(prefix[-1]) if prefix and not self.proper else None

    def _formal(self, fresh: int, prefix: Sequence[Token]) -> int:
        """Return where a name of its own begins: a park's with the county or river before it."""
        named = all(token.family in {"county", "short", "river", "either"} for token in prefix)
        return prefix[0].start if prefix and named and self.family == "formal" else fresh

    def _of(self, owner: Token) -> bool:
        """Whether words of kind make a name together with the name before them."""
        places = table("places")["places"]
        if owner.family == "place":
            goes_on = self.family in _ONE and self.word != "湿地"
            return goes_on or self.word in places["of_place"]
        if owner.family in {"river", "county"} and self.word in places["many"]:
            return False
        if owner.family == "river":
            return self.word in table("places")["rivers"]["on_it"]
        # 丁镇公路 is any road there, but 丁铁路专用线 has a name.
        full = len(owner.name) == owner.end - owner.start
        return self.family != "street" and not (self.family == "road" and full)

    def _definite(self, before: str) -> bool:
        """Whether words of kind alone make a name: 第二水厂, 县城污水处理厂, (丙路-新水厂)."""
        if self.kind.startswith(("第", "县城")):
            return True
        end_of_reach = self.kind.startswith("新") and before in {"-", "至", "到", "("}
        return self.family == "facility" and (
            end_of_reach or self.kind[:1] in {"一", "二", "三", "四", "五", "六"}
        )


def lies_on_river(head: re.Match[str], river: str) -> bool:
    """Whether what is called after a river lies on it: its wetland, a section of it.

    Of a 甲溪湿地 it is open whether 甲溪 is more than a name.
    """
    kind = head["kind"]
    word = head.group()[len(kind) :]
    wetland = word == "湿地" or (kind.startswith("湿地") and head.group() != "湿地公园")
    on_it = wetland or word in table("places")["rivers"]["on_it"]
    return on_it and not (wetland and river.endswith("溪"))
