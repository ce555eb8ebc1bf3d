"""A text of a project's row cut into pieces, and the names in each piece.

From left to right: a known name is taken where it fits; a noun that ends a name makes one of the
words before it, as far as they reach back to punctuation, to a word that no name contains, or to
the name before. What is left of a piece between names is looked at in ``place_lists``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from layers.plans.place_words import HAN, NAMED, refused, words
from layers.plans.wordlists import table

UNITS = ("province", "prefecture", "county", "short")
LONGEST = 12
"""Characters of the longest name that is looked up."""
_OWNER = 24  # characters in which an organisation's name begins
_REACH = {"village": 6, "river": 4, "township": 4, "road": 6, "street": 6, "site": 6, "water": 6}
_REACH_ELSE = 8  # characters of a name before its noun
_HAN = re.compile(f"[{HAN}]")
_SEATS = ("区", "镇区", "集镇", "集镇区", "驻地", "政府驻地", "人民政府驻地")
_BANKS = ("滨河", "河口", "沿河", "滨江", "沿江")
_BESIDE_TOWN = ("城东", "城西", "城南", "城北")
_PLACE_OF = ("旧址", "遗址", "泉域")
_MANY = ("排污口", "排口", "取水口", "养殖场", "采石场", "泵站", "加油站", "煤矿", "屠宰场")
"""After a county's name alone these mean all of its kind, not one."""
_EXTENSION = re.compile("[东西南北中]区|[东西南北]延(?:长线|段)?|[一二三四五]期(?!工程)")
_BRANCH = re.compile(
    r"(?:的|水系|流域)?(?:[一二三]级|主要|重要|最大)?支流(?:[-:(]+|(?=[\u3400-\u9fff]{1,4}[河江溪](?![道流])))"
)
_LONGER = "村镇乡庄屯沟寺庙山堡营店坪寨岭洼坡"
_OWN_NAMES = frozenset({"river", "village", "township", "water", "street", "site"})
_TOWN = re.compile("城(?![市镇乡关郊])(?![^至到和与及]{0,3}?(?:镇|乡|街道|村(?!庄)|社区))")
"""After 甲丁县: its seat is meant (甲丁县城), not 甲丁县 and 城市 or 城关镇."""
_SEVERAL = re.compile("等[0-9两三四五六七八九十]+个?(?:乡镇|镇|乡|街道)")
_STREET_AFTER = re.compile("大道|大街|路(?![面基网灯])|街(?![道巷])")


@dataclass(frozen=True, slots=True)
class Known:
    """What a word is known as: a family (``county``, ``township`` ...) and the name it stands for.

    A ``short`` is a county's or a higher unit's name without its last word, a ``stem`` a
    township's. A river's name may be short for a township too.
    """

    family: str
    name: str
    township: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A name in a text: ``text[start:end]`` stands for ``name``.

    The family ``either`` is a river or the township that is called so.
    """

    family: str
    name: str
    start: int
    end: int
    township: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text between two breaks, and what the breaks are."""

    text: str
    start: int
    before: str
    after: str
    tokens: tuple[Token, ...]

    @property
    def end(self) -> int:
        """Return where it ends."""
        return self.start + len(self.text)


def pieces(text: str, known: Callable[[str], Known | None], *, place: bool) -> tuple[Piece, ...]:
    """Return the pieces of a text made ready by ``place_words.plain``.

    Args:
        text: of a cell.
        known: what a word is known as.
        place: the cell says where the project is: there an organisation's name is a place.

    """
    scan = _Scan(text, known, {} if place else _bodies(text), place=place)
    while scan.at < len(text):
        scan.step()
    return scan.pieces()


def _bodies(text: str) -> dict[int, int]:
    """Return where organisations' names begin, and where they end."""
    found: dict[int, int] = {}
    last = 0
    for match in words().bodies.finditer(text):
        start = max(last, match.start() - _OWNER)
        for place in range(match.start() - 1, start - 1, -1):
            if not _HAN.match(text[place]):
                start = place + 1
                break
        for opening in _OPENS.finditer(text, start, match.start()):
            start = opening.end()
        found[start] = last = match.end()
    return found


_OPENS = re.compile("在|由|对|至|到|针对|新建|扩建|改造|依托|位于|涉及|包括|委托|实施|建设(?!局|集团)|(?<=[县市区镇乡村])[和与及]")


def _lies_on_it(head: re.Match[str]) -> bool:
    """Whether what is called after a river lies on it: its wetland, a section of it."""
    noun = head.group()[len(head["kind"]) :]
    wetland = head["kind"].startswith("湿地") and head.group() != "湿地公园"
    return wetland or noun in table("places")["rivers"]["on_it"]


def _goes_on(text: str, end: int, noun: str) -> bool:
    """Whether a noun is only a part of a longer name: 公园路 is no park, 龙泉寺 no spring."""
    return bool(_STREET_AFTER.match(text, end)) or (
        len(noun) == 1 and end < len(text) and text[end] in _LONGER
    )


class _Scan:
    """Where the reading of a text has come to, and what it has found."""

    def __init__(
        self,
        text: str,
        known: Callable[[str], Known | None],
        bodies: dict[int, int],
        *,
        place: bool,
    ) -> None:
        self.text, self.known, self.bodies, self.place = text, known, bodies, place
        self.at = self.fresh = 0  # what stands between them is not read yet
        self.body = 0  # an organisation's name reaches to here
        self.tokens: list[Token] = []
        self.breaks: list[tuple[int, int, str]] = [(0, 0, "")]

    def pieces(self) -> tuple[Piece, ...]:
        """Return what lies between the breaks."""
        ends = [*self.breaks, (len(self.text), len(self.text), "")]
        found = []
        tokens = iter(self.tokens)
        token = next(tokens, None)
        for (_, start, before), (end, _, after) in zip(ends, ends[1:], strict=False):
            held = []
            while token is not None and token.end <= end:
                held.append(token)
                token = next(tokens, None)
            found.append(Piece(self.text[start:end], start, before, after, tuple(held)))
        return tuple(found)

    def step(self) -> None:
        """Read the next name, cut or character."""
        words_, text = words(), self.text
        self.body = max(self.body, self.bodies.get(self.at, 0))
        numbered = words_.numbered.match(text, self.at)
        if numbered:
            self._emit("place", numbered.group(), self.at, numbered.end())
            return
        number = words_.number.match(text, self.at)
        anywhere = number and (not _HAN.match(text, self.at) or text[number.end() - 1] in "个座处")
        if number and (anywhere or self.at == self.fresh):
            self._break(number.end(), f"#{number.group()}")
            return
        if not _HAN.match(text, self.at):
            self._break(self.at + 1, text[self.at])
            return
        known = self._longest()
        if known and self._take(*known):
            return
        if self.at < self.body:
            self._break(self.body, "body")
            return
        if self.at and (join := words_.join.match(text, self.at)):
            self._break(join.end(), "和")
            return
        head = words_.head.match(text, self.at)
        if head and self._name(head):
            return
        cut = words_.cut.match(text, self.at) or words_.unit.match(text, self.at)
        if cut is None and self.at == self.fresh:
            cut = words_.first.match(text, self.at)
        if cut and not (self.at == self.fresh and _STREET_AFTER.match(text, cut.end())):
            self._break(cut.end(), cut.group())
            return
        self.at += 1

    def _break(self, end: int, kind: str) -> None:
        self.breaks.append((self.at, end, kind))
        self.at = self.fresh = end

    def _emit(self, family: str, name: str, start: int, end: int) -> bool:
        self.tokens.append(Token(family, name, start, end))
        self.at = self.fresh = end
        return True

    def _longest(self, limit: int | None = None) -> tuple[Known, int] | None:
        """Return the longest known name that begins here, and its end; none beyond a limit."""
        end = self.at
        limit = len(self.text) if limit is None else limit
        while end < limit and end - self.at < LONGEST and _HAN.match(self.text, end):
            end += 1
        for stop in range(end, self.at + 1, -1):
            known = self.known(self.text[self.at : stop])
            if known:
                return known, stop
        return None

    # ---- known names -----------------------------------------------------------------------

    def _take(self, known: Known, end: int) -> bool:
        """Take a known name where it fits; whether it did."""
        if known.family in UNITS:
            return self._take_unit(known, end)
        if self.at < self.body:
            return False
        if known.family in {"township", "stem"}:
            return self._take_township(known, end)
        if known.family == "river":
            return self._take_river(known, end)
        if known.family == "place":
            return self._take_place(known, end)
        if known.family == "village":
            if self.at > self.fresh and not known.name.endswith("村"):
                return False
            if words().head.match(self.text, end) and not known.name.endswith(("村", "社区")):
                return False
        return self._emit(known.family, known.name, self.at, end)

    def _take_unit(self, known: Known, end: int) -> bool:
        size = end - self.at
        if known.family == "short" and self._begins_name(end):
            return False
        if self.at > self.fresh and size <= 2:  # noqa: PLR2004 - 应县 in 相应县级
            return False
        seat = known.name.endswith("县") and size > 2 and _TOWN.match(self.text, end)  # noqa: PLR2004
        if seat:
            return self._emit("short", known.name, self.at, end - 1)
        return self._emit(known.family, known.name, self.at, end)

    def _begins_name(self, end: int) -> bool:
        """Whether a unit's short form is a part of another name: 甲丁河, 甲丁湖."""
        head = words().head.match(self.text, end)
        return head is not None and not head["kind"] and head.lastgroup in _OWN_NAMES

    def _take_township(self, known: Known, end: int) -> bool:
        words_ = words()
        if known.family == "stem":
            if self.at > self.fresh or words_.runs_on.match(self.text, end):
                return False
            return self._emit("township", known.name, self.at, end)
        into = table("places")["rivers"]["runs_into"]
        if self.at == self.fresh + 1 and self.text[self.fresh] in into:
            return False
        institution = words_.institution.match(self.text, end)
        if institution and not self.place:
            self._break(institution.end(), "body")
            return True
        return self._emit("township", known.name, self.at, end)

    def _take_place(self, known: Known, end: int) -> bool:
        """Take a known place, and the units and the river that its name begins with."""
        start = self.at
        while (inner := self._longest(end - 1)) and inner[0].family not in {"place", "village"}:
            size = len(self.tokens)
            if not self._take(*inner) or len(self.tokens) == size or self.at != self.fresh:
                break
        return self._emit("place", known.name, start, end)

    def _take_river(self, known: Known, end: int) -> bool:
        words_, text = words(), self.text
        if self.at > self.fresh and text[self.at - 1] in table("places")["rivers"]["runs_into"]:
            return False
        branch = _BRANCH.match(text, end)
        if branch:
            self._break(branch.end(), "支流")
            return True
        if known.township and _SEVERAL.match(text, end):
            return self._emit("township", known.township, self.at, end)
        head = words_.head.match(text, end)
        called = head is not None and head.lastgroup not in {"alone", "river"}
        if head and head["kind"].startswith("入"):
            called = False  # 某河入河排污口 are on the river
        if called or words_.called.match(text, end):
            if head and known.name.endswith(("河", "江")) and _lies_on_it(head):
                self.tokens.append(Token("river", known.name, self.at, end))
            self.at = end  # its name begins a longer one
            return True
        if known.township and not words_.water.match(text, end):
            self.tokens.append(Token("either", known.name, self.at, end, known.township))
            self.at = self.fresh = end
            return True
        return self._emit("river", known.name, self.at, end)

    # ---- names by their nouns --------------------------------------------------------------

    def _name(self, head: re.Match[str]) -> bool:
        """Take the name that ends in a noun; whether the noun was read."""
        family, kind = str(head.lastgroup), head["kind"]
        noun = head.group()[len(kind) :]
        proper = self.text[self.fresh : self.at]
        if family in NAMED:
            return self._administrative(family, proper + kind, noun, head.end())
        if _goes_on(self.text, head.end(), noun):
            self.at = head.end()
            return True
        if family == "alone":
            after = words().head.match(self.text, head.end())
            if after and after.lastgroup != "alone":
                self.at = head.end()
                return True
            return self._alone(head, proper, kind, noun)
        side = len(kind) if family == "street" else len(kind) - len(kind.lstrip("东西南北中"))
        proper, kind = proper + kind[:side], kind[side:]
        if len(noun) == 1 and not proper + kind:
            return False
        start = self._start(family, proper, kind, noun)
        if start is None or (proper + kind + noun).endswith(words().not_ends["place"]):
            self._break(head.end(), "noun")
            return True
        end = head.end()
        extension = _EXTENSION.match(self.text, end)
        if extension and family in {"zone", "street"}:
            end = extension.end()
        while self.tokens and self.tokens[-1].family == "place" and self.tokens[-1].start >= start:
            self.tokens.pop()
        return self._emit("place", self.text[start:end], start, end)

    def _alone(self, head: re.Match[str], proper: str, kind: str, noun: str) -> bool:
        """Take a name that needs nothing before its noun: 县城, 老城区."""
        if kind + noun in table("places")["places"]["alone"]:
            kind, noun = "", kind + noun
        if noun in _BESIDE_TOWN and proper + kind:
            return False
        start = head.end() - len(noun)
        return self._emit("place", noun, start, head.end())

    def _administrative(self, family: str, proper: str, noun: str, end: int) -> bool:
        name = proper + noun
        if self._counts(proper, family):
            self.at = end - len(noun) - 1
            self._break(end, self.text[self.at : end])
            return True
        if not proper and self._restored(family, noun, end):
            return True
        reach = _REACH_ELSE if name.endswith("族乡") else _REACH[family]
        if not proper or len(proper) > reach or refused(family, name):
            if family != "river":
                self._break(end, "noun")
                return True
            return False
        if family == "river":
            if noun in "溪涌" and len(proper) == 1 and not words().water.match(self.text, end):
                return False  # as likely a township's short form
            known = Known("river", name)
            at, self.at = self.at, self.fresh
            if self._take_river(known, end):
                return True
            self.at = at
            return False
        below = self.known(name[-len(noun) - 1 :])
        if family == "township" and below and below.family == "short":
            return False
        if family == "township" and not self.place and words().institution.match(self.text, end):
            self._break(end, "body")
            return True
        if noun.startswith("街道"):
            name = proper + "街道"
        return self._emit(family, name, self.fresh, end)

    def _counts(self, proper: str, family: str) -> bool:
        """Whether a number stands before the noun that counts a list: 丙、丁、戊三村."""
        return (
            len(proper) > 1
            and proper[-1] in "两三四五六七八九十"
            and proper[-2] != "第"
            and self.breaks[-1][2] == "、"
            and family in {"township", "village"}
        )

    def _restored(self, family: str, noun: str, end: int) -> bool:
        """Take a name that is a word no name contains, where it stands alone: 建设村、联合村."""
        start, cut_end, cut = self.breaks[-1]
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        alone = not _HAN.match(before) or (self.tokens and self.tokens[-1].end == start)
        if cut_end != self.fresh or len(cut) != 2 or not _HAN.match(cut) or _HAN.match(after):  # noqa: PLR2004
            return False
        if not alone or refused(family, cut + noun) or family == "river":
            return False
        self.breaks.pop()
        return self._emit(family, cut + noun, start, end)

    def _start(self, family: str, proper: str, kind: str, noun: str) -> int | None:
        """Return where the name of a place begins; none where it has no name of its own."""
        if len(proper) > _REACH.get(family, _REACH_ELSE):
            return None
        last = self.breaks[-1]
        if last[1] == self.fresh and last[2].startswith("#") and family not in {"road", "street", "site"}:
            return None  # 新建一座某园: any one
        prefix = self._prefix()
        if len(proper) == 1 and family in {"zone", "facility", "formal"}:
            return self._start_of_seat(proper, family, prefix)
        if proper in _BANKS and noun == "湿地":
            return prefix[0].start if prefix and prefix[-1].family == "river" else None
        if proper in _SEATS:
            return prefix[0].start if prefix else None
        if proper:
            named = [token for token in prefix if token.family in {"county", "short", "river"}]
            return named[0].start if family == "formal" and named and named == prefix else self.fresh
        if not prefix:
            return self.fresh if self._definite(family, kind) else None
        if prefix[-1].family == "place":
            goes_on = family in {"facility", "zone", "formal"} and noun != "湿地"
            return prefix[0].start if goes_on or noun in _PLACE_OF else None
        if prefix[-1].family in {"river", "county"} and noun in _MANY:
            return None
        if prefix[-1].family == "river":
            return prefix[0].start if noun in table("places")["rivers"]["on_it"] else None
        if family == "street" or (family == "road" and prefix[-1].name == self._as_written(prefix[-1])):
            return None
        return prefix[0].start

    def _as_written(self, token: Token) -> str:
        return self.text[token.start : token.end]

    def _start_of_seat(self, proper: str, family: str, prefix: list[Token]) -> int | None:
        """Return where 县污水处理厂 or 某镇区污水处理厂 begins."""
        if family == "facility" and proper in "县市区镇":
            return prefix[0].start if prefix and proper == "区" else self.fresh
        return None

    def _definite(self, family: str, kind: str) -> bool:
        """Whether words of kind alone make a name: 第二水厂, 县城污水处理厂, (某路-新水厂)."""
        if kind.startswith(("第", "县城")):
            return True
        if family != "facility":
            return False
        return kind[:1] in set("一二三四五六") or (
            kind.startswith("新") and self.breaks[-1][2] in {"-", "至", "到", "("}
        )

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
