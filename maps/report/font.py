"""The Chinese font of the reports: Noto Sans SC, as the package pylopdf-fonts-zh-cn brings it.

One font for every machine, and not the system's: so the same review gives the same bytes. The file
has PostScript outlines, whose embedding in PDF not every reader takes text from; what a report
needs of it is therefore turned into TrueType.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn
from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

FONT: Path = pylopdf_fonts_zh_cn.sans_path()

CURVE_UNITS = 1.0
"""Thousandths of the font's height by which a curve may change when it is turned."""

_TRUETYPE = 0x00010000
_UNUSED = (
    "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
    "maxStackElements", "maxSizeOfInstructions", "maxComponentElements", "maxComponentDepth",
    "maxPoints", "maxContours", "maxCompositePoints", "maxCompositeContours",
)  # fmt: skip


def write_font(texts: Iterable[str], path: Path) -> None:
    """Write a TrueType font with the signs of some texts."""
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, drop_tables=["DSIG"]
    )
    options.drop_tables += ["BASE", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    with TTFont(FONT, lazy=True, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join(texts))
        subsetter.subset(font)
        _turn(font)
        font.save(path)


def _turn(font: TTFont) -> None:
    """Turn PostScript outlines into TrueType ones."""
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, CURVE_UNITS, reverse_direction=True))
        table.glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), table
    most = font["maxp"]
    most.tableVersion, most.maxZones = _TRUETYPE, 1
    for name in _UNUSED:
        setattr(most, name, 0)
    font["post"].formatType = 3.0
    del font["CFF "]
    font.sfntVersion = "\x00\x01\x00\x00"


@cache
def _known() -> frozenset[int]:
    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def drawable(text: str) -> str:
    """Return a text with the number of each sign that the font does not have in its place.

    >>> drawable("甲\U00020bb7")
    '甲〔U+20BB7〕'
    """
    known = _known()
    return "".join(sign if ord(sign) in known else f"〔U+{ord(sign):04X}〕" for sign in text)
