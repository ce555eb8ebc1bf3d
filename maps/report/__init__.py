"""The reports of a review: GeoPackage, Excel, Word, PDF and one page, with the same numbers."""

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import geopandas as gpd

from layers.errors import WorkspaceError
from layers.whole import together
from layers.words import say
from maps.errors import PageError
from maps.report import numbers
from maps.report.docx import write_docx
from maps.report.gpkg import write_gpkg
from maps.report.html import write_html
from maps.report.pdf import write_pdf
from maps.report.sketch import Surroundings
from maps.report.story import blocks_of
from maps.report.xlsx import write_xlsx
from zoning.review.model import Review

FORMS = ("gpkg", "xlsx", "docx", "pdf", "html")
NAME = "review"
"""What the files are called, before their ending."""


def write(
    review: Review,
    folder: Path,
    forms: Collection[str] = FORMS,
    zones: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> tuple[Path, ...]:
    """Write the reports of a review into a folder, all of them or none, and return the files.

    The same review and zones give the same bytes.

    Args:
        review: what is reported; no number is worked out here.
        folder: made where it is missing; reports in it are replaced.
        forms: some of ``FORMS``.
        zones: layer id -> the zones that the small maps draw, in EPSG:4490 with ``zone_id``,
            ``name``, ``class`` and ``level``; may be empty. What must not be seen is left out
            by who calls.

    Raises:
        PageError: a form is unknown.
        WorkspaceError: the folder cannot be written; nothing was.

    """
    unknown = sorted(set(forms) - set(FORMS))
    if unknown:
        raise PageError(say("report.form", value="、".join(unknown), expected="、".join(FORMS)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise WorkspaceError(say("error.out_failed", path=folder, reason=reason)) from error
    around = cache(lambda: Surroundings(review, zones or {}))
    blocks = cache(lambda: tuple(blocks_of(review, around())))
    words = {"title": numbers.text(review.title), "foot": _foot(review)}
    writers = {
        "gpkg": lambda path: write_gpkg(review, path),
        "xlsx": lambda path: write_xlsx(review, path),
        "docx": lambda path: write_docx(blocks(), path, **words),
        "pdf": lambda path: write_pdf(blocks(), path, **words),
        "html": lambda path: write_html(review, around(), path),
    }
    wanted = [form for form in FORMS if form in forms]
    files = tuple(folder / f"{NAME}.{form}" for form in wanted)
    if files:
        with together(files[0]) as hidden:
            for form, file in zip(wanted, files, strict=True):
                writers[form](hidden / file.name)
    return files


def _foot(review: Review) -> str:
    day = numbers.text(review.decided_on, "date")
    return say("report.foot", area=numbers.text(review.area), day=day)
