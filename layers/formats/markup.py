"""XML from strangers: looked at before GDAL or openpyxl sees it."""

from pathlib import Path
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from layers.errors import LayerError
from layers.formats.source import refuse
from layers.words import say

BLOCK = 1 << 20


class _DoctypeError(Exception):
    """A document type declaration: the only place where entities can be declared."""


def check_xml(stream: BinaryIO, path: Path) -> dict[str, int]:
    """Return how often each element occurs (names without prefix) in a well-formed text.

    Raises:
        LayerError: the text declares a document type (with it entities that grow
            without bound or fetch other files), or is not well-formed.

    """
    counts: dict[str, int] = {}

    def refuse_doctype(*_: object) -> NoReturn:
        raise _DoctypeError

    def count(name: str, _: object) -> None:
        local = name.rpartition(":")[2]
        counts[local] = counts.get(local, 0) + 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = count
    try:
        while block := stream.read(BLOCK):
            parser.Parse(block, False)  # noqa: FBT003  # expat takes no keywords
        parser.Parse(b"", True)  # noqa: FBT003
    except _DoctypeError:
        refuse("doctype", file=path)
    except expat.ExpatError as error:
        raise LayerError(say("format.refused.xml", file=path, reason=error)) from error
    return counts
