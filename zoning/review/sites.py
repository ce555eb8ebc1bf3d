"""The sites under review, from the files that offices send: each row is a site or a reject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from layers.connection import Connection
from layers.errors import LayerError
from layers.intake import GDAL_ROWS, Intake, take_in
from layers.measure import lengths_m
from layers.repair import invalid_reason
from layers.rounding import shown_m2
from layers.words import say
from layers.workspace import Workspace
from zoning import activities
from zoning.overlay import POLYGON
from zoning.overlay.zones_file import fingerprints
from zoning.review.columns import Columns, columns_of, numbers_of, surveyed, texts_of
from zoning.review.model import Activity, Reject, Site

AREA_DIFFERS = 0.0005
"""Share by which a stated area may differ before it is told: a plane of Gauss and Kruger shows
up to 0.05 % more than the ellipsoid has (docs/decisions/0002-area.md) ..."""

AREA_DIFFERS_M2 = 1.0
"""... and what rounding to 0.0001 公顷 makes of it."""

NOT_TOLD = frozenset({"mixed_type", "missing_id", "duplicate_id"})
"""What the doctor finds in a layer, and is no fault of a list of sites or is told otherwise."""


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
            found = columns_of(intake.frame, id_column, name_column, path)
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
    columns: Columns
    accuracy_m: float | None

    def sites(self) -> list[Site]:
        """Return the sites, not yet measured; ids may be empty or occur twice."""
        frame, columns = self.intake.frame, self.columns
        features = self._features()
        ids = texts_of(frame, columns.id) or [""] * len(frame)
        names = texts_of(frame, columns.name) or [""] * len(frame)
        stated = numbers_of(frame, columns.area, columns.unit_m2)
        accuracies = numbers_of(frame, columns.accuracy, 1.0)
        accuracy_m = self._accuracy()
        return [
            Site(
                id=ids[at],
                name=names[at],
                geometry=shape,
                accuracy_m=accuracy_m[at] if accuracies[at] is None else accuracies[at],
                activity=activity,
                file=self.name,
                feature=ids[at] or features[at],
                stated_m2=stated[at] if shapely.get_dimensions(shape) == POLYGON else None,
            )
            for at, (shape, activity) in enumerate(
                zip(frame.geometry.to_numpy(), self._activities(names), strict=True)
            )
        ]

    def _accuracy(self) -> list[float | None]:
        """Return how far the positions of each site may be off: the user's word, or the norm's."""
        if self.accuracy_m is not None:
            return [self.accuracy_m] * len(self.intake.frame)
        return surveyed(self.intake.frame)

    def _norm(self) -> list[str]:
        """Say that an accuracy was taken for granted; nothing where none was."""
        taken = {metres for metres in surveyed(self.intake.frame) if metres is not None}
        return [say("review.surveyed", metres=max(taken))] if taken else []

    def _activities(self, names: list[str]) -> list[Activity]:
        """Return what is to be done on each site: as stated, else told from its words."""
        frame, columns = self.intake.frame, self.columns
        stated = texts_of(frame, columns.activity) or [""] * len(frame)
        columns_of_words = [texts_of(frame, name) for name in columns.content]
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
        norm = [] if self.accuracy_m is not None else self._norm()
        said = [self._outward(note) for note in (*norm, *self.intake.notes, *findings)]
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
