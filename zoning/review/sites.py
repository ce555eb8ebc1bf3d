"""The sites under review, from the files that offices send: each row is a site or a reject."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from layers.connection import Connection, printable
from layers.errors import LayerError
from layers.formats.survey import COLUMNS as SURVEY_COLUMNS
from layers.intake import GDAL_ROWS, Intake, take_in
from layers.measure import lengths_m
from layers.read import texts
from layers.repair import invalid_reason
from layers.rounding import M2_PER_HA, MU_PER_HA, shown_m2
from layers.words import say
from layers.workspace import Workspace
from zoning import activities
from zoning.overlay import POLYGON
from zoning.overlay.zones_file import fingerprints
from zoning.review.model import Activity, Reject, Site

ID_NAMES = (
    "zoneid", "siteid", "projectid", "编号", "用地编号", "项目编号", "地块编号", "图斑编号",
    "宗地编号", "地块号", "dkbh", "xmbh", "tbbh", "标识码", "bsm", "id",
)  # fmt: skip
"""What columns with the id of a site are called, the best first, in small letters and without
blanks, dashes and brackets."""

NAME_NAMES = (
    "name", "名称", "用地名称", "项目名称", "地块名称", "图斑名称", "dkmc", "xmmc", "mc", "项目",
)  # fmt: skip

ACTIVITY_NAMES = ("activity", "活动类别", "活动类型")
"""Columns in which somebody stated the activity, by its id or its title."""

CONTENT_NAMES = ("content", "建设内容", "主要内容", "内容", "用途", "项目类型", "地类用途")
"""Columns with words that the activity may be told from."""

ACCURACY_NAMES = ("accuracym", "位置误差米", "位置误差")

AREA_UNITS = {
    "公顷": M2_PER_HA, "hm2": M2_PER_HA, "ha": M2_PER_HA, "平方公里": 1e6, "km2": 1e6,
    "万亩": 1e4 * M2_PER_HA / MU_PER_HA, "亩": M2_PER_HA / MU_PER_HA,
    "mu": M2_PER_HA / MU_PER_HA, "平方米": 1.0, "m2": 1.0,
}  # fmt: skip
"""Square metres in the unit that a column of areas names; a column without a unit is not used."""

AREA_DIFFERS = 0.0005
"""Share by which a stated area may differ before it is told: a plane of Gauss and Kruger shows
up to 0.05 % more than the ellipsoid has (docs/decisions/0002-area.md) ..."""

AREA_DIFFERS_M2 = 1.0
"""... and what rounding to 0.0001 公顷 makes of it."""

NOT_TOLD = frozenset({"mixed_type", "missing_id", "duplicate_id"})
"""What the doctor finds in a layer, and is no fault of a list of sites or is told otherwise."""

_AREA = re.compile(r"(?:面积|area)(.+)")
_SIGNS = re.compile(r"[\s_\-.()\[\]{}<>【】〔〕（）/]")


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites as read: ``read == len(sites) + len(rejects)``.

    ``inputs`` are names and sha256 of the files, in the order given. ``doubts`` say by file why
    nothing that rests on its positions can be certain.
    """

    sites: tuple[Site, ...]
    rejects: tuple[Reject, ...]
    read: int
    notes: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    doubts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Columns:
    """What a file's columns are taken for; empty where it has none."""

    id: str
    name: str
    activity: str
    content: tuple[str, ...]
    accuracy: str
    area: str
    unit_m2: float


def read_sites(  # noqa: PLR0913 - what a user may have to say of a file
    paths: Sequence[Path | Connection],
    workspace: Workspace,
    *,
    crs: str = "",
    encoding: str = "",
    table: str = "",
    id_column: str = "",
    name_column: str = "",
    accuracy_m: float | None = None,
) -> Sites:
    """Return the sites of one or several files, in the order of the files.

    Args:
        paths: any files that the readers read, or database tables.
        workspace: whose county the coordinates are checked against.
        crs: the CRS of the files, GCJ-02 or BD-09; empty where they say it.
        encoding: that of their texts; empty where it is to be told.
        table: the layer or sheet in them.
        id_column: the column with the id; empty to go by the usual names.
        name_column: the column with the name; empty to go by the usual names.
        accuracy_m: how far a position may be off, where no column says it.

    Raises:
        LayerError: a file cannot be read, its CRS is wrong, or no site is left; all files'
            faults at once.

    """
    names, home = _file_names(paths), workspace.boundary
    taken: list[_File] = []
    faults: list[str] = []
    for path, name in zip(paths, names, strict=True):
        try:
            intake = take_in(path, crs=crs, encoding=encoding, table=table, home=home)
            found = _columns(intake.frame, id_column, name_column, path)
            taken.append(_File(name, intake, found, accuracy_m))
        except LayerError as error:
            faults.append(str(error))
    if faults:
        raise LayerError("\n".join(faults))
    sites, crossed = _measured([site for one in taken for site in one.sites()], workspace)
    rejects = (*(reject for one in taken for reject in one.rejects()), *crossed)
    if not sites:
        reasons = "；".join(dict.fromkeys(reject.reason for reject in rejects))
        raise LayerError(say("review.no_site", files="、".join(names), reason=reasons or "—"))
    doubts = {
        one.name: say("reason.web_map", layer=one.name) for one in taken if one.intake.web_map
    }
    return Sites(
        sites=_apart(sites),
        rejects=rejects,
        read=sum(one.intake.read for one in taken),
        notes=tuple(note for one in taken for note in one.notes(several=len(taken) > 1)),
        inputs=tuple(item for one in taken for item in one.inputs()),
        doubts=doubts,
    )


def _file_names(paths: Sequence[Path | Connection]) -> list[str]:
    """Return what each input is called: by its own name where that says which one is meant."""
    short = [path.name if isinstance(path, Path) else str(path) for path in paths]
    return [
        name if short.count(name) == 1 else str(path)
        for name, path in zip(short, paths, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _File:
    """One input taken in."""

    name: str
    intake: Intake
    columns: _Columns
    accuracy_m: float | None

    def sites(self) -> list[Site]:
        """Return the sites, not yet measured; ids may be empty or occur twice."""
        frame, columns = self.intake.frame, self.columns
        features = self._features()
        ids = _texts(frame, columns.id) or [""] * len(frame)
        names = _texts(frame, columns.name) or [""] * len(frame)
        stated = _numbers(frame, columns.area, columns.unit_m2)
        accuracies = _numbers(frame, columns.accuracy, 1.0)
        return [
            Site(
                id=ids[at],
                name=names[at],
                geometry=shape,
                accuracy_m=self.accuracy_m if accuracies[at] is None else accuracies[at],
                activity=activity,
                file=self.name,
                feature=ids[at] or features[at],
                stated_m2=stated[at] if shapely.get_dimensions(shape) == POLYGON else None,
            )
            for at, (shape, activity) in enumerate(
                zip(frame.geometry.to_numpy(), self._activities(names), strict=True)
            )
        ]

    def _activities(self, names: list[str]) -> list[Activity]:
        """Return what is to be done on each site: as stated, else told from its words."""
        frame, columns = self.intake.frame, self.columns
        stated = _texts(frame, columns.activity) or [""] * len(frame)
        columns_of_words = [_texts(frame, name) for name in columns.content]
        words = [" ".join(filter(None, cells)) for cells in zip(*columns_of_words, strict=True)]
        return [
            stated_activity(said) or activities.classify(name, content)
            for said, name, content in zip(stated, names, words or [""] * len(frame), strict=True)
        ]

    def _features(self) -> list[str]:
        """Return the row of each feature in the file, or its place among those used."""
        intake = self.intake
        count = len(intake.frame)
        numbers = [reject.feature for reject in intake.rejects]
        tabular = isinstance(intake.file, Path) and intake.file.suffix.lower() in GDAL_ROWS
        if not numbers or (tabular and all(number.isdigit() for number in numbers)):
            lost = set(map(int, numbers))
            return [str(row) for row in range(1, intake.read + 1) if row not in lost]
        return [say("review.usable", number=number) for number in range(1, count + 1)]

    def rejects(self) -> list[Reject]:
        return [
            Reject(self.name, self._outward(item.feature), self._outward(item.reason))
            for item in self.intake.rejects
        ]

    def notes(self, *, several: bool) -> list[str]:
        """Return what the readers chose and the doctor found, with the file if there are more."""
        findings = [
            say("export.finding", feature=entry.feature, detail=entry.detail)
            for entry in self.intake.findings
            if entry.problem not in NOT_TOLD
        ]
        said = [self._outward(note) for note in (*self.intake.notes, *findings)]
        return (
            [say("review.of_file", file=self.name, note=note) for note in said]
            if (several)
            else said
        )

    def inputs(self) -> list[tuple[str, str]]:
        path = self.intake.file
        if isinstance(path, Connection):
            return [(self.name, self.intake.sha256)]
        parts = fingerprints(path)
        if len(parts) == 1:
            return [(self.name, *parts.values())]
        return [(f"{self.name}/{part}", sha256) for part, sha256 in parts.items()]

    def _outward(self, text: str) -> str:
        """Return a text without the place of the file on this machine."""
        return text.replace(str(self.intake.file), self.name)


def stated_activity(said: str) -> Activity | None:
    """Return the activity that a text names by id or title, or ``None``."""
    for key, title in activities.TITLES.items():
        if said in {key, title}:
            return Activity(key, "stated", said)
    return None


def _columns(
    frame: gpd.GeoDataFrame, id_column: str, name_column: str, path: Path | Connection
) -> _Columns:
    """Return what the columns are taken for.

    Raises:
        LayerError: a column that the user names is not there.

    """
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    for wanted in (id_column, name_column):
        if wanted and wanted not in columns:
            found = "、".join(map(printable, columns)) or "—"
            raise LayerError(say("review.column_absent", file=path, column=wanted, found=found))
    plain: dict[str, str] = {}
    for name in columns:
        plain.setdefault(_plain(name), name)

    def first(names: Iterable[str]) -> str:
        known = (plain[name] for name in names if name in plain)
        return next((name for name in known if any(_texts(frame, name))), "")

    area, unit = ("面积", float(M2_PER_HA)) if set(SURVEY_COLUMNS) <= set(columns) else ("", 1.0)
    for name, own in plain.items():
        match = _AREA.search(name)
        if not area and match and match[1] in AREA_UNITS:
            area, unit = own, AREA_UNITS[match[1]]
    return _Columns(
        id=id_column or first(ID_NAMES),
        name=name_column or first(NAME_NAMES),
        activity=first(ACTIVITY_NAMES),
        content=tuple(plain[name] for name in CONTENT_NAMES if name in plain),
        accuracy=first(ACCURACY_NAMES),
        area=area,
        unit_m2=unit,
    )


def _plain(name: str) -> str:
    """Return a column's name without what people write differently.

    >>> _plain("面积（公顷）"), _plain("Site_ID")
    ('面积公顷', 'siteid')
    """
    return _SIGNS.sub("", unicodedata.normalize("NFKC", name).lower())


def _texts(frame: gpd.GeoDataFrame, column: str) -> list[str]:
    """Return a column's cells as texts fit to be shown, cut short; none without the column."""
    return [printable(cell).strip() for cell in texts(frame[column])] if column else []


def _numbers(frame: gpd.GeoDataFrame, column: str, unit: float) -> list[float | None]:
    """Return a column's cells as numbers not below 0, ``None`` where it has no such number."""
    if not column:
        return [None] * len(frame)
    values = []
    for cell in texts(frame[column]):
        try:
            number = float(cell.replace(",", "")) * unit
        except ValueError:
            number = np.nan
        values.append(number if 0 <= number < np.inf else None)
    return values


def _measured(sites: list[Site], workspace: Workspace) -> tuple[list[Site], list[Reject]]:
    """Return the sites with areas in the workspace's plane and geodesic lengths, and rejects.

    Overlaps are taken in that plane too, so that they and the area beside them add up. A ring
    that goes back on itself within a hair may cross itself there and have no area.
    """
    if not sites:
        return [], []
    shapes = np.array([site.geometry for site in sites], dtype=object)
    placed = workspace.plane.project(shapes)
    lengths = np.where(shapely.get_dimensions(shapes) == 1, lengths_m(shapes), 0.0)
    measured, rejects = [], []
    for site, shape, area, length in zip(
        sites, placed, shapely.area(placed).tolist(), lengths.tolist(), strict=True
    ):
        if shapely.is_valid(shape):
            notes = _area_notes(site, area)
            measured.append(replace(site, area_m2=area, length_m=length, notes=notes))
        else:
            why = say("export.reason.invalid", reason=invalid_reason(shape, workspace.plane.crs))
            rejects.append(Reject(site.file, site.feature, why))
    return measured, rejects


def _area_notes(site: Site, area_m2: float) -> tuple[str, ...]:
    """Say where the stated area and the measured one differ by more than a plane explains."""
    if site.stated_m2 is None:
        return site.notes
    gap = abs(site.stated_m2 - area_m2)
    if gap <= AREA_DIFFERS * area_m2 + AREA_DIFFERS_M2:
        return site.notes
    note = say(
        "review.area_differs",
        stated=shown_m2(site.stated_m2),
        measured=shown_m2(area_m2),
        gap=shown_m2(gap),
    )
    return (*site.notes, note)


def _apart(sites: Sequence[Site]) -> tuple[Site, ...]:
    """Return the sites with ids that occur once, and with names."""
    several = len({site.file for site in sites}) > 1
    taken = {site.id for site in sites if site.id}
    seen: set[str] = set()
    named = []
    for site in sites:
        wanted = site.id or (f"{site.file}-{site.feature}" if several else site.feature)
        own, number, notes = wanted, 2, site.notes
        while own in seen or (own != site.id and own in taken):
            own, number = f"{wanted}-{number}", number + 1
        seen.add(own)
        if site.id and own != site.id:
            notes = (*notes, say("review.id_twice", id=site.id, own=own))
        named.append(replace(site, id=own, name=site.name or own, notes=notes))
    return tuple(named)
