"""The pieces of a table put together: what page breaks parted, with the caption and the unit."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layers.plans.captions import Caption, Heading, bare, caption_of, heading_of, unit_of
from layers.plans.document import Block, Document, Paragraph, Row, Table
from layers.plans.header import Header, money_unit, own_texts, read_header, repeats
from layers.plans.structure import contents, is_page_number

NEAR = 3
"""A caption stands at most so many paragraphs above its table: a unit may stand between them."""
RUNNING = 3
"""A short paragraph that stands between tables on so many pages is the head of a page."""
_CONTINUED = re.compile(r"[（(]?(?:[接续](?:上[页表])?|续?[上下]页|续表|表续)[)）]?")
_CONTINUED_TITLE = re.compile(r".*[（(]续[^（()）]{0,3}[)）]|续[表一二三四五六\d]*")


@dataclass(slots=True)
class Pieces:
    """A table in the making.

    Attributes:
        header: what its columns are, none if it has no header.
        head: the rows of the header.
        bodies: the rows below it, a list for each page that the table runs over.
        caption, heading, unit: what stands above it (the caption perhaps below).
        within: the line of the row that holds it, for a table nested in a cell.

    """

    header: Header | None
    head: list[Row]
    bodies: list[list[Row]]
    caption: Caption | None
    heading: Heading | None
    unit: str | None
    within: int | None = None


def joined(document: Document) -> list[Pieces]:
    """Return the tables of a document, whole, in its order; tables of contents are none."""
    listed = contents(document)
    running = _running_heads(document.blocks)
    blocks = [
        block
        for block in document.blocks
        if not (isinstance(block, Paragraph) and _is_furniture(block, running))
        and (block.line if isinstance(block, Paragraph) else block.rows[0].line) not in listed
    ]
    below = _captions_below(blocks)
    found: list[Pieces] = []
    between: list[Paragraph] = []
    heading: Heading | None = None
    last: Pieces | None = None
    for at, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            between.append(block)
            heading = heading_of(block) or heading
        elif block.within is not None:
            found.append(_opened(block, None, heading, None))
        else:
            caption, unit = _said_above(between)
            if below:
                caption = _next_caption(blocks, at)
            goes_on = last is not None and all(_is_continued(p, last) for p in between)
            if last is None or not goes_on or not _added(last, block):
                last = _opened(block, caption, heading, unit)
                found.append(last)
            between = []
    return found


def _is_furniture(block: Paragraph, running: frozenset[str]) -> bool:
    return is_page_number(block.text) or bare(block.text) in running


def _running_heads(blocks: Sequence[Block]) -> frozenset[str]:
    """Return what stands beside tables on page after page; a text dump has no pages."""
    pages: dict[str, set[int]] = {}
    for before, block, after in zip(blocks, blocks[1:], blocks[2:], strict=False):
        beside = isinstance(before, Table) or isinstance(after, Table)
        if isinstance(block, Paragraph) and block.page is not None and beside:
            pages.setdefault(bare(block.text), set()).add(block.page)
    return frozenset(text for text, on in pages.items() if len(on) >= RUNNING)


# ---- captions ----------------------------------------------------------------------------------


def _is_continued(block: Paragraph, last: Pieces) -> bool:
    """Whether a paragraph between two pieces of a table only says that it goes on."""
    if unit_of(block) or _CONTINUED.fullmatch(bare(block.text)):
        return True
    caption = caption_of(block)
    if caption is None:
        return False
    above = last.caption
    same = above is not None and caption.number == above.number
    titles = {caption.title, above.title if above else None}
    return (
        caption.again
        or bool(_CONTINUED_TITLE.fullmatch(caption.title or ""))
        or (same and len(titles) == 1)
    )


def _said_above(between: Sequence[Paragraph]) -> tuple[Caption | None, str | None]:
    """Return the caption and the unit that the paragraphs above a table state."""
    unit: str | None = None
    for paragraph in reversed(between[-NEAR:]):
        if stated := unit_of(paragraph):
            unit = unit or money_unit(f"（{stated}）")
        elif caption := caption_of(paragraph):
            return caption, unit or money_unit(paragraph.text)
        else:
            break
    return None, unit


def _captions_below(blocks: Sequence[Block]) -> bool:
    """Whether this document puts captions below its tables: most numbered ones stand only there."""
    above = under = 0
    for at, block in enumerate(blocks):
        if isinstance(block, Table) and block.within is None:
            before = blocks[at - 1] if at else None
            has_above = isinstance(before, Paragraph) and _is_numbered(before)
            has_under = _next_caption(blocks, at) is not None
            above += has_above and not has_under
            under += has_under and not has_above
    return under > above


def _is_numbered(paragraph: Paragraph) -> bool:
    caption = caption_of(paragraph)
    return caption is not None and caption.number is not None


def _next_caption(blocks: Sequence[Block], at: int) -> Caption | None:
    """Return the numbered caption right below a table."""
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    if not isinstance(after, Paragraph):
        return None
    caption = caption_of(after)
    return caption if caption and caption.number else None


# ---- pieces ------------------------------------------------------------------------------------


def _opened(
    table: Table, caption: Caption | None, heading: Heading | None, unit: str | None
) -> Pieces:
    header = read_header(table.rows)
    if header is None:
        return Pieces(None, [], [list(table.rows)], caption, heading, unit, table.within)
    for row in table.rows[: header.first]:
        for at, cell in enumerate(row.cells):
            said = Paragraph(cell.text, row.line)
            caption = caption or (caption_of(said, at) if cell.text.strip() else None)
            if stated := unit_of(said):
                unit = unit or money_unit(f"（{stated}）")
    below = header.first + header.height
    head = list(table.rows[header.first : below])
    body = _without_repeats(table.rows[below:], head)
    return Pieces(header, head, [body], caption, heading, unit, table.within)


def _without_repeats(rows: Iterable[Row], head: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not repeats(row, head)]


def _added(pieces: Pieces, table: Table) -> bool:
    """Add a table to the one before, if it goes on with it."""
    header = read_header(table.rows)
    widths = {len(pieces.header.columns) if pieces.header else 0, _width(pieces.bodies[-1])}
    if header is None or pieces.header is None:
        goes_on = header is None and (_width(table.rows) in widths or _counts_on(pieces, table))
    else:
        below = table.rows[header.first + header.height :]
        again = repeats(table.rows[header.first], pieces.head[:1])
        goes_on = again and not _begins_again(pieces, below)
    if goes_on:
        pieces.bodies.append(_without_repeats(table.rows, pieces.head))
    return goes_on


def _width(rows: Sequence[Row]) -> int:
    return max((len(row.cells) for row in rows), default=0)


def _counts_on(pieces: Pieces, table: Table) -> bool:
    """Whether rows of another width go on with the numbers of the rows above."""
    seq = _seq(pieces)
    if seq is None:
        return False
    above = [own_texts(row) for row in pieces.bodies[-1]]
    numbers = [row[seq] for row in above if seq < len(row) and row[seq].isdecimal()]
    first = own_texts(table.rows[0])
    return bool(numbers) and seq < len(first) and first[seq] == str(int(numbers[-1]) + 1)


def _seq(pieces: Pieces) -> int | None:
    columns = pieces.header.columns if pieces.header else ()
    return next((column.index for column in columns if column.role == "seq"), None)


def _begins_again(pieces: Pieces, rows: Sequence[Row]) -> bool:
    """Whether a header like the one before is that of another table: its numbers begin anew."""
    seq = _seq(pieces)
    last = [own_texts(row) for row in pieces.bodies[-1] if any(own_texts(row))]
    if seq is None or not rows or not last:
        return False
    first = own_texts(rows[0])
    restarts = seq < len(first) and first[seq] == "1"
    return restarts and seq < len(last[-1]) and last[-1][seq].isdigit()
