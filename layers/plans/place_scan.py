"""A text of a project's row cut into pieces, and the names in each piece.

From left to right: a known name is taken where it fits; a noun that ends a name makes one of the
words before it, as far as they reach back to punctuation, to a word that no name contains, or to
the name before. What is left of a piece between names is looked at in ``place_lists``.
"""

import re
from collections.abc import Callable

from layers.plans.place_nouns import Noun, lies_on_river
from layers.plans.place_tokens import UNITS, Known, Piece, Token
from layers.plans.place_words import HAN, NAMED, doubtful, refused, words
from layers.plans.wordlists import table

LONGEST = 12
"""Characters of the longest name that is looked up."""
_OWNER = 24
"""Characters before its last word in which an organisation's name begins."""
_SHORT = 2
"""A county's name of two characters may be a part of other words."""
_HAN = re.compile(f"[{HAN}]")
_BEGINS = frozenset({"river", "village", "township", "water", "street", "site"})
"""Families of names that may begin with a unit's short form: 甲丁河, 甲丁湖."""


def pieces(text: str, known: Callable[[str], Known | None], *, place: bool) -> tuple[Piece, ...]:
    """Return the pieces of a text made ready by ``place_words.plain``.

    Args:
        text: of a cell.
        known: what a word is known as.
        place: the cell says where the project is: there an organisation's name is a place.

    """
    scan = _Scan(text, known, place=place)
    while scan.at < len(text):
        scan.step()
    return scan.pieces()


def _bodies(text: str) -> dict[int, int]:
    """Return where organisations' names begin, and where each ends."""
    found: dict[int, int] = {}
    last = 0
    for match in words().bodies.finditer(text):
        start = max(last, match.start() - _OWNER)
        for place in range(match.start() - 1, start - 1, -1):
            if not _HAN.match(text[place]):
                start = place + 1
                break
        for opening in words().opens.finditer(text, start, match.start()):
            start = opening.end()
        found[start] = last = match.end()
    return found


class _Scan:
    """How far a text is read, and what was found in it."""

    def __init__(self, text: str, known: Callable[[str], Known | None], *, place: bool) -> None:
        self.text, self.known, self.place = text, known, place
        self.bodies = {} if place else _bodies(text)
        self.at = self.fresh = 0  # what stands between them is not read yet
        self.body = 0  # an organisation's name reaches to here
        self.tokens: list[Token] = []
        self.breaks: list[tuple[int, int, str]] = [(0, 0, "")]

    def pieces(self) -> tuple[Piece, ...]:
        """Return what lies between the breaks."""
        ends = [*self.breaks[1:], (len(self.text), len(self.text), "")]
        found = []
        read = 0
        for (_, start, before), (end, _, after) in zip(self.breaks, ends, strict=True):
            first = read
            while read < len(self.tokens) and self.tokens[read].end <= end:
                read += 1
            held = tuple(self.tokens[first:read])
            found.append(Piece(self.text[start:end], start, before, after, held))
        return tuple(found)

    def step(self) -> None:
        """Read the next number, name, noun, word that no name contains, or character."""
        text, at = self.text, self.at
        self.body = max(self.body, self.bodies.get(at, 0))
        if self._number():
            return
        if not _HAN.match(text, at):
            self._break(at + 1, text[at])
            return
        known = self._longest()
        if known and self._take(*known):
            return
        if at < self.body:
            self._break(self.body, "body")
            return
        join = words().join.match(text, at) if at else None
        if join:
            self._break(join.end(), "和")
            return
        head = words().head.match(text, at)
        if head and self._end_name(head):
            return
        cut = self._cut()
        if cut:
            self._break(cut.end(), cut.group())
        else:
            self.at += 1

    def _break(self, end: int, kind: str) -> None:
        self.breaks.append((self.at, end, kind))
        self.at = self.fresh = end

    def _emit(self, family: str, name: str, start: int, end: int) -> bool:
        self.tokens.append(Token(family, name, start, end))
        self.at = self.fresh = end
        return True

    def _number(self) -> bool:
        """Read a road with a number, or a count and what it counts; whether there was one."""
        numbered = words().numbered.match(self.text, self.at)
        if numbered:
            return self._emit("place", numbered.group(), self.at, numbered.end())
        number = words().number.match(self.text, self.at)
        if not number:
            return False
        anywhere = not _HAN.match(self.text, self.at) or number.group()[-1] in "个座处"
        if anywhere or self.at == self.fresh:
            self._break(number.end(), f"#{number.group()}")
            return True
        return False

    def _cut(self) -> re.Match[str] | None:
        """Return the word here that no name contains; none where it names a street (建设路)."""
        words_, text = words(), self.text
        cut = words_.cut.match(text, self.at)
        if self.at > self.fresh:
            return cut or words_.unit.match(text, self.at)
        if self.tokens and self.tokens[-1].end == self.at:
            cut = cut or words_.between.match(text, self.at)
        cut = cut or words_.first.match(text, self.at)
        return None if cut and words_.street_after.match(text, cut.end()) else cut

    # ---- known names -----------------------------------------------------------------------

    def _longest(self, within: int | None = None) -> tuple[Known, int] | None:
        """Return the longest known name that begins here, and its end.

        Within a place's name that ends at ``within``: only a unit, a township or a river.
        """
        end = self.at
        limit = min(len(self.text) if within is None else within, self.at + LONGEST)
        while end < limit and _HAN.match(self.text, end):
            end += 1
        for stop in range(end, self.at + 1, -1):
            known = self.known(self.text[self.at : stop])
            if known and (within is None or known.family not in {"place", "village"}):
                return known, stop
        return None

    def _take(self, known: Known, end: int) -> bool:
        """Take a known name where it fits; whether it did."""
        if known.family in UNITS:
            return self._take_unit(known, end)
        if self.at < self.body:
            return False
        takes = {
            "township": self._take_township,
            "stem": self._take_stem,
            "river": self._take_river,
            "village": self._take_village,
            "place": self._take_place,
        }
        return takes[known.family](known, end)

    def _take_unit(self, known: Known, end: int) -> bool:
        size = end - self.at
        if size <= _SHORT and self.at > self.fresh:
            return False
        if known.family == "short":
            head = words().head.match(self.text, end)
            if head and not head["kind"] and head.lastgroup in _BEGINS:
                return False
        elif known.name.endswith("县") and size > _SHORT and words().town.match(self.text, end):
            return self._emit("short", known.name, self.at, end - 1)
        return self._emit(known.family, known.name, self.at, end)

    def _take_township(self, known: Known, end: int) -> bool:
        if self.at == self.fresh + 1 and self._runs_into(self.fresh):
            return False
        return self._township(known.name, self.at, end)

    def _township(self, name: str, start: int, end: int) -> bool:
        """Take a township, or the authority that is called after it."""
        institution = None if self.place else words().institution.match(self.text, end)
        if institution:
            self._break(institution.end(), "body")
            return True
        return self._emit("township", name, start, end)

    def _take_stem(self, known: Known, end: int) -> bool:
        if self.at > self.fresh or words().runs_on.match(self.text, end):
            return False
        return self._emit("township", known.name, self.at, end)

    def _take_village(self, known: Known, end: int) -> bool:
        says_so = known.name.endswith(("村", "社区"))
        if not says_so and (self.at > self.fresh or words().head.match(self.text, end)):
            return False
        return self._emit("village", known.name, self.at, end)

    def _take_place(self, _: Known, end: int) -> bool:
        """Take a known place, and the units and the river that its name begins with."""
        start = self.at
        before = self._prefix() if start == self.fresh else []
        if before and all(token.family == "short" for token in before):
            start = before[0].start  # 丙省甲丁国家公园, known without 丙省
        while inner := self._longest(end - 1):
            held = len(self.tokens)
            if not self._take(*inner) or len(self.tokens) == held or self.at > self.fresh:
                break
        return self._emit("place", self.text[start:end], start, end)

    def _take_river(self, known: Known, end: int) -> bool:
        if self.at > self.fresh and self._runs_into(self.at - 1):
            return False
        return self._river(known, self.at, end)

    def _runs_into(self, place: int) -> bool:
        """Whether a character makes the name behind it another's: 东甲河."""
        return self.text[place] in table("places")["rivers"]["runs_into"]

    def _river(self, known: Known, start: int, end: int) -> bool:
        """Take a river, or read on where something else is only called after it."""
        words_, text = words(), self.text
        branch = words_.branch.match(text, end)
        if branch:
            self._break(branch.end(), "支流")
            return True
        if known.township and words_.several.match(text, end):
            return self._emit("township", known.township, start, end)
        head = words_.head.match(text, end)
        called = head is not None and head.lastgroup not in {"alone", "river"}
        if (called and not head["kind"].startswith("入")) or words_.called.match(text, end):
            if head and lies_on_river(head, known.name):
                self.tokens.append(Token("river", known.name, start, end))
            self.at = end
            return True
        if known.township and not words_.water.match(text, end):
            self.tokens.append(Token("either", known.name, start, end, known.township))
            self.at = self.fresh = end
            return True
        return self._emit("river", known.name, start, end)

    # ---- names by their nouns --------------------------------------------------------------

    def _end_name(self, head: re.Match[str]) -> bool:
        """Take the name that a noun ends; whether the noun was read."""
        noun, end = Noun.of(head, self.text[self.fresh : self.at]), head.end()
        if noun.family in NAMED:
            return self._unit_or_river(noun, end)
        if noun.begins_longer(self.text, end):
            self.at = end
            return True
        if noun.family == "alone":
            if noun.word in table("places")["places"]["beside"] and noun.proper + noun.kind:
                return False
            return self._emit("place", noun.word, end - len(noun.word), end)
        if len(noun.word) == 1 and not noun.proper + noun.kind:
            return False
        return self._place(noun, end)

    def _place(self, noun: Noun, end: int) -> bool:
        """Take a place, or break where the noun has no name."""
        before = self.breaks[-1]
        start = noun.start(self.fresh, self._prefix(), before[2] if before[1] == self.fresh else "")
        if start is None:
            self._break(end, "noun")
            return True
        if noun.proper and noun.kind and noun.word in table("places")["places"]["bare"]:
            end -= len(noun.kind + noun.word)
        extension = words().extension.match(self.text, end)
        if extension and noun.family in {"zone", "street"}:
            end = extension.end()
        while self.tokens and self.tokens[-1].family == "place" and self.tokens[-1].start >= start:
            self.tokens.pop()
        return self._emit("place", self.text[start:end], start, end)

    def _prefix(self) -> list[Token]:
        """Return the names of units, or the one place or river, that the unread words follow."""
        found: list[Token] = []
        end = self.fresh
        for token in reversed(self.tokens):
            if token.start >= self.fresh:
                continue
            if token.end != end or token.family in {"province", "prefecture"}:
                break
            if token.family in {"place", "river", "either"}:
                return found or [token]
            found.insert(0, token)
            end = token.start
        return found

    def _unit_or_river(self, noun: Noun, end: int) -> bool:
        """Take a township, a village or a river by its noun; whether the noun was read."""
        if noun.counts(self.breaks[-1][2]):
            self.at = end - len(noun.word) - 1
            self._break(end, self.text[self.at : end])
            return True
        if noun.family == "river":
            return self._named_river(noun, end)
        if noun.name == noun.word and self._restored(noun, end):
            return True
        if noun.name == noun.word or noun.reaches_too_far() or refused(noun.family, noun.name):
            self._break(end, "noun")
            return True
        if noun.family == "village":
            return self._emit("village", noun.name, self.fresh, end)
        return self._named_township(noun, end)

    def _named_township(self, noun: Noun, end: int) -> bool:
        name = noun.name
        below = self.known(name[-len(noun.word) - 1 :])
        if below and below.family == "short":
            return False  # 甲镇 of 甲镇县
        if not self.place and doubtful(name):
            self._break(end, "noun")
            return True
        if noun.word.startswith("街道"):
            name = name.removesuffix("办事处").removesuffix("办")
        return self._township(name, self.fresh, end)

    def _named_river(self, noun: Noun, end: int) -> bool:
        name = noun.name
        if name == noun.word or noun.reaches_too_far() or refused("river", name):
            return False
        doubtful = noun.word in {"溪", "涌"} and len(name) == len(noun.word) + 1
        if doubtful and not words().water.match(self.text, end):
            return False  # as likely a township's short form
        return self._river(Known("river", name), self.fresh, end)

    def _restored(self, noun: Noun, end: int) -> bool:
        """Take a name that is a word no name contains, where it stands alone: 建设村、联合村."""
        start, cut_end, cut = self.breaks[-1]
        follows = bool(self.tokens) and self.tokens[-1].end == start
        alone = follows or not _HAN.match(self.text[start - 1 : start])
        word = cut_end == self.fresh and len(cut) == _SHORT and _HAN.match(cut)
        if not alone or not word or _HAN.match(self.text, end):
            return False
        if refused(noun.family, cut + noun.word):
            return False
        self.breaks.pop()
        return self._emit(noun.family, cut + noun.word, start, end)
