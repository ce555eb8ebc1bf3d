"""Plan documents from PDF files with a text layer: lines and tables in reading order."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain, islice
from pathlib import Path

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfplumber.page import Page

from layers.errors import PlanError
from layers.plans.document import Block, Paragraph, Row, Table
from layers.plans.pdf_limits import TooMuchError, limited
from layers.plans.pdf_lines import UNREADABLE, Line, characters, lines
from layers.plans.pdf_tables import Grid, TooManyLinesError, grids
from layers.plans.refusal import note, refuse
from layers.words import say

MAX_PAGES = 1_000
"""A plan with its explanations has some hundred."""

FEW = 20
"""A page with fewer characters, and a picture, is scanned: page number and a stamp are not more."""
PICTURE = 0.3
"""Part of a page that a scan covers at least."""
GARBLED = 0.2
"""Part of a page's characters that may be unreadable before the page is."""

MARGIN = 0.12
"""Part of the page's height, above and below, where heads, feet and page numbers stand."""
REPEATED = 3
"""A text at one height on so many pages is a head or a foot."""
"""On every page of a shorter document."""

_NUMBER = re.compile(r"[-—–－·•\s]*(?:第\s*)?(?:\d{1,4}|[IVXLivxl]{1,7})\s*(?:[/／]\s*\d{1,4})?\s*页?"
                     r"(?:\s*[,，]?\s*共\s*\d{1,4}\s*页)?[-—–－·•\s]*")  # fmt: skip
_DIGITS = re.compile(r"\d+")
