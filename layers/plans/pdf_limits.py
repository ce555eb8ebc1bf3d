"""What pdfminer lacks: limits to what a stream unpacks to and a page draws, and silence.

pdfminer unpacks a stream whole, runs a form as often as a page asks for it, and speaks to the
user through logging. It has no options for these, so its names are exchanged while a file is
read.
"""

import logging
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pdfplumber.page
from pdfminer import pdftypes
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfplumber.page import PDFPageAggregatorWithMarkedContent

MAX_STREAM = 64 << 20
"""Bytes of a stream after unpacking: a Chinese font takes up to 30 MB."""

MAX_SLOW = 4 << 20
"""Bytes, still packed, of a stream in the old packings, which pdfminer unpacks slowly."""

MAX_CONTENT = 16 << 20
"""Bytes of drawing instructions that a page runs through. A full page of a table takes 0.1 MB, a
map some MB."""

MAX_DRAWN = 100_000
"""Characters and lines on a page. A full page has some thousand, a map some ten thousand."""

_SLOW = ("lzwdecode", "rldecode", "ccittfaxdecode")


class TooMuchError(Exception):
    """A stream or a page is beyond its limit."""


class BrokenStreamError(Exception):
    """A stream cannot be unpacked to its end."""


class _Device(PDFPageAggregatorWithMarkedContent):
    """Collects what a page draws, up to the limits."""

    drawn = 0
    run = 0

    def draw(self) -> None:
        """Count something drawn."""
        self.drawn += 1
        if self.drawn > MAX_DRAWN:
            raise TooMuchError

    def render_char(self, *args: Any, **kwargs: Any) -> float:
        """Draw a character."""
        self.draw()
        return super().render_char(*args, **kwargs)

    def paint_path(self, *args: Any, **kwargs: Any) -> None:
        """Draw a line or an area."""
        self.draw()
        super().paint_path(*args, **kwargs)

    def begin_figure(self, *args: Any, **kwargs: Any) -> None:
        """Begin a form or a picture."""
        self.draw()
        super().begin_figure(*args, **kwargs)


class _Interpreter(PDFPageInterpreter):
    """Runs through a page's instructions and those of its forms, up to the limit."""

    def render_contents(self, resources: Any, streams: Any, *args: Any, **kwargs: Any) -> None:
        """Run through streams."""
        for stream in pdftypes.list_value(streams):
            self.device.run += len(pdftypes.stream_value(stream).get_data())
        if self.device.run > MAX_CONTENT:
            raise TooMuchError
        super().render_contents(resources, streams, *args, **kwargs)


def _inflated(data: bytes) -> bytes:
    """Return a stream unpacked.

    Raises:
        TooMuchError: beyond the limit.
        BrokenStreamError: broken or cut off; pdfminer would leave out the rest without a word.

    """
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(data, MAX_STREAM + 1)
        if len(found) > MAX_STREAM:
            raise TooMuchError
        if not unpacker.eof:
            # some writers leave out the checksum at the end
            unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            unpacker.decompress(data[2:], MAX_STREAM + 1)
    except zlib.error as error:
        raise BrokenStreamError from error
    if not unpacker.eof:
        raise BrokenStreamError
    return found


def _bounded(decode: Callable[..., bytes]) -> Callable[..., bytes]:
    def within(data: bytes, *args: Any) -> bytes:
        if len(data) > MAX_SLOW:
            raise TooMuchError
        return decode(data, *args)

    return within


@contextmanager
def limited() -> Iterator[None]:
    """Let pdfplumber read within the limits and without a word to the user."""
    exchanged = [
        (pdftypes, "zlib", SimpleNamespace(decompress=_inflated, error=zlib.error)),
        *((pdftypes, name, _bounded(getattr(pdftypes, name))) for name in _SLOW),
        (pdfplumber.page, "PDFPageAggregatorWithMarkedContent", _Device),
        (pdfplumber.page, "PDFPageInterpreter", _Interpreter),
    ]
    kept = [(module, name, getattr(module, name)) for module, name, _ in exchanged]
    loggers = [logging.getLogger(name) for name in ("pdfminer", "pdfplumber")]
    levels = [logger.level for logger in loggers]
    try:
        for module, name, value in exchanged:
            setattr(module, name, value)
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for module, name, value in kept:
            setattr(module, name, value)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
