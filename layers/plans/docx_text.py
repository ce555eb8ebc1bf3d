"""The text of a Word paragraph: as it reads when all tracked changes are accepted."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_VML = "{urn:schemas-microsoft-com:vml}"
_ALTERNATIVES, _CHOICE, _FALLBACK = f"{_MC}AlternateContent", f"{_MC}Choice", f"{_MC}Fallback"
_BOX = qn("w:txbxContent")

_ADDED = frozenset({qn("w:ins"), qn("w:moveTo")})
_REMOVED = frozenset({qn("w:del"), qn("w:moveFrom")})
_OPEN = _ADDED | {
    qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:smartTag"), qn("w:hyperlink"),
    qn("w:fldSimple"), qn("w:dir"), qn("w:bdo"), qn("w:ruby"), qn("w:rubyBase"),
}  # fmt: skip
"""Elements that only stand around others."""

_PLAIN = {
    qn("w:tab"): "\t", qn("w:ptab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}  # fmt: skip
_PICTURES = frozenset({qn("pic:pic"), f"{_VML}imagedata"})
_EMBEDDED = frozenset({qn("w:object"), qn("c:chart"), qn("dgm:relIds")})
_NOTES = {qn("w:footnoteReference"): "footnotes", qn("w:endnoteReference"): "endnotes"}
_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")


@dataclass(slots=True)
class Said:
    """The text of a paragraph, and what hangs on it: text boxes, notes, what was left out."""

    text: str = ""
    boxes: list[Element] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def inner(element: Element, counts: Counter[str]) -> Iterator[Element]:
    """Return the children, those of open elements in their place, deleted ones left out."""
    for child in element:
        tag = child.tag
        if tag in _REMOVED:
            counts["changes"] += 1
        elif tag in _OPEN:
            counts["changes"] += tag in _ADDED
            yield from inner(child, counts)
        elif tag == _ALTERNATIVES:
            # the same content for newer and for older programs
            chosen = child.find(_CHOICE)
            chosen = child.find(_FALLBACK) if chosen is None else chosen
            if chosen is not None:
                yield from inner(chosen, counts)
        elif isinstance(tag, str):
            yield child


def said(paragraph: Element) -> Said:
    """Return what a paragraph says."""
    found = Said()
    pieces: list[str] = []
    for child in inner(paragraph, found.counts):
        if child.tag == qn("w:r"):
            pieces.append(_run(child, found))
        elif child.tag in {qn("m:oMath"), qn("m:oMathPara")}:
            pieces.append(_formula(child))
    found.text = "".join(pieces)
    return found


def _run(run: Element, found: Said) -> str:
    properties = run.find(qn("w:rPr"))
    if properties is not None and _is_on(properties.find(qn("w:vanish"))):
        found.counts["hidden"] += any(run.itertext(qn("w:t")))
        return ""
    text = "".join(_piece(child, found) for child in inner(run, found.counts))
    raised = None if properties is None else properties.find(qn("w:vertAlign"))
    if raised is not None and raised.get(qn("w:val")) == "superscript":
        # 10 with a raised 4 is no 104
        return text.translate(_RAISED)
    return text


def _piece(child: Element, found: Said) -> str:
    tag = child.tag
    if tag == qn("w:t"):
        return child.text or ""
    if tag in _PLAIN:
        return _PLAIN[tag]
    if tag == qn("w:sym"):
        return _symbol(child.get(qn("w:char"), ""))
    if tag in _NOTES:
        found.notes.append((_NOTES[tag], child.get(qn("w:id"), "")))
    elif tag in {qn("w:drawing"), qn("w:pict"), qn("w:object")}:
        _drawn(child, found)
    elif tag == qn("m:oMath"):
        return _formula(child)
    elif tag == qn("w:r"):
        return _run(child, found)
    return ""


def _symbol(code: str) -> str:
    """Return a character given by its number; those of symbol fonts have no meaning outside."""
    if not re.fullmatch(r"[0-9A-Fa-f]{1,4}", code):
        return ""
    char = chr(int(code, 16))
    return char if char.isprintable() else ""


def _drawn(element: Element, found: Said) -> None:
    """Collect the text boxes of a drawing, and count what is no text."""
    if element.tag == _BOX:
        found.boxes.append(element)
        return
    found.counts["pictures"] += element.tag in _PICTURES
    found.counts["embedded"] += element.tag in _EMBEDDED
    for child in inner(element, found.counts):
        _drawn(child, found)


def _is_on(switch: Element | None) -> bool:
    return switch is not None and switch.get(qn("w:val"), "1") not in {"0", "false", "off"}


def _formula(element: Element) -> str:
    r"""Return a formula in a line: m with a raised 3 as m³, a fraction as a/b."""
    if element.tag == qn("m:t"):
        return element.text or ""
    parts = [_formula(child) for child in element if isinstance(child.tag, str)]
    if element.tag == qn("m:sSup"):
        return "".join(parts[:-1]) + parts[-1].translate(_RAISED) if parts else ""
    if element.tag == qn("m:f"):
        return "/".join(part for part in parts if part)
    return "".join(parts)
