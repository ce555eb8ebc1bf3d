"""A workspace: an area's folder with its register, layers, tables and projects."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from shapely import Geometry

from layers.area import Area, read_area
from layers.connection import Connection
from layers.contracts import TABLES
from layers.errors import Faults, LayerError, TableError, WorkspaceError
from layers.gazetteer import Gazetteer, Place
from layers.locus import Locator, Locus, Region
from layers.measure import Plane
from layers.projects import Project, read_projects
from layers.read import Reading, read_layer
from layers.register import Layer, file_sha256, read_register
from layers.tables import empty_table, read_table
from layers.words import say

SITE_NEAR_DEG = 0.2
"""A site farther than this from the area (some 20 km) is a slip of the pen."""

REQUIRED_TABLES = ("projects",)


def data_folder() -> Path:
    """Return the folder of the embedded areas."""
    return Path(str(files("layers"))) / "data"


def embedded_areas() -> tuple[str, ...]:
    """Return the ids of the embedded areas, the made county last."""
    found = [path.parent.name for path in sorted(data_folder().glob("*/area.toml"))]
    return tuple(sorted(found, key=lambda area: (area == "shili", area)))


class Workspace:
    """An area's folder. Layers and tables are read when first asked for, and checked."""

    def __init__(self, folder: Path) -> None:
        """Open a workspace folder.

        Raises:
            WorkspaceError: the folder, its area.toml or register.toml is wrong.

        """
        if not folder.is_dir():
            raise WorkspaceError(say("error.workspace_missing", folder=folder))
        self.folder = folder
        self.area: Area = read_area(folder / "area.toml")
        self.layers: tuple[Layer, ...] = read_register(folder / "register.toml")
        self.withheld: frozenset[str] = frozenset()
        self._readings: dict[str, Reading] = {}

    @classmethod
    def embedded(cls, area_id: str) -> "Workspace":
        """Open an embedded area by its id or its Chinese name.

        Raises:
            WorkspaceError: there is no such area.

        """
        known = embedded_areas()
        if area_id in known:
            return cls(data_folder() / area_id)
        for candidate in known:
            if read_area(data_folder() / candidate / "area.toml").name == area_id:
                return cls(data_folder() / candidate)
        raise WorkspaceError(say("error.area_unknown", area=area_id, expected="、".join(known)))

    def absence(self, kind: str) -> str:
        """Return why there is no layer of a kind."""
        key = "withheld" if kind in self.withheld else "no_layer"
        return say(f"reason.{key}", kind=say(f"label.kind.{kind}"))

    def layer(self, layer_id: str) -> Layer:
        """Return a register entry by its id.

        Raises:
            WorkspaceError: the register has no such layer.

        """
        for layer in self.layers:
            if layer.id == layer_id:
                return layer
        expected = "、".join(layer.id for layer in self.layers) or "—"
        raise WorkspaceError(say("error.layer_unknown", layer=layer_id, expected=expected))

    def of_kind(self, *kinds: str) -> tuple[Layer, ...]:
        """Return the register's layers of the given kinds."""
        return tuple(layer for layer in self.layers if layer.kind in kinds)

    def frame(self, layer_id: str) -> gpd.GeoDataFrame:
        """Return a layer's checked features in EPSG:4490.

        Raises:
            LayerError: the layer's file is wrong.

        """
        return self.reading(layer_id).frame

    def reading(self, layer_id: str) -> Reading:
        """Return a layer as read, with what the reader chose and doubted.

        Raises:
            LayerError: the layer's file is wrong.

        """
        if layer_id not in self._readings:
            layer = self.layer(layer_id)
            home = None if layer.kind == "county" else self.boundary
            reading = read_layer(layer, self.folder, self.area, home)
            self._check_codes(layer, reading.frame)
            if layer.kind == "site":
                self._check_sites(layer, reading.frame)
            read = reading.sha256
            if layer.sha256 and (read or self.fingerprint(layer)) not in {layer.sha256, ""}:
                changed = say("reason.changed", layer=layer.title)
                reading = replace(reading, doubts=(*reading.doubts, changed))
            self._readings[layer_id] = reading
        return self._readings[layer_id]

    def doubts(self, layer_ids: Iterable[str]) -> tuple[str, ...]:
        """Return why no answer that rests on some layers, all read by now, can be certain."""
        read = (self._readings[name] for name in layer_ids if name in self._readings)
        return tuple(dict.fromkeys(doubt for reading in read for doubt in reading.doubts))

    def raster_path(self, layer: Layer) -> Path:
        """Return the path of a raster layer.

        Raises:
            LayerError: the file is missing.

        """
        path = self.folder / layer.path
        if not path.is_file():
            raise LayerError(say("error.layer_missing", layer=layer.id, file=path))
        return path

    def fingerprint(self, layer: Layer) -> str:
        """Return the sha256 of a layer's file as it is now; empty for a package.

        That of a table is taken when it is read; it is empty before.
        """
        path = layer.place(self.folder)
        if isinstance(path, Connection):
            return self._readings[layer.id].sha256 if layer.id in self._readings else ""
        return file_sha256(path) if layer.path and path.is_file() else ""

    @property
    def county_layer(self) -> Layer:
        """The register's county layer.

        Raises:
            WorkspaceError: the register has no county layer.

        """
        layers = self.of_kind("county")
        if not layers:
            raise WorkspaceError(say("error.county_missing", file=self.folder / "register.toml"))
        return layers[0]

    @cached_property
    def counties(self) -> gpd.GeoDataFrame:
        """The area's counties."""
        return self.frame(self.county_layer.id)

    @cached_property
    def boundary(self) -> Geometry:
        """The area's outline in EPSG:4490."""
        return shapely.union_all(self.counties.geometry.values)

    @cached_property
    def plane(self) -> Plane:
        """The equal-area plane in which this workspace is measured."""
        return Plane.around([self.boundary])

    def table(self, name: str) -> pd.DataFrame:
        """Return a text table by its name (see ``layers.contracts.TABLES``).

        A table that is not there is empty, but for the projects.

        Raises:
            TableError: the table is wrong, or is required and missing.

        """
        return self._tables[name]

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        tables = {}
        for name, contract in TABLES.items():
            path = self.folder / f"{name}.csv"
            if path.exists() or name in REQUIRED_TABLES:
                tables[name] = read_table(path, contract)
            else:
                tables[name] = empty_table(name)
        self._check_references(tables)
        return tables

    def _check_references(self, tables: dict[str, pd.DataFrame]) -> None:
        """Refuse rows that name a township, county or feature that no table has."""
        faults = Faults()
        townships = tables["townships"]["name"].tolist()
        counties = [county.name for county in self.area.counties]
        features = set(tables["features"]["id"])
        for name, column, known in (
            ("projects", "townships", townships),
            ("features", "townships", townships),
            ("mine_patches", "township", townships),
            ("projects", "counties", counties),
            ("figures", "feature_id", features),
        ):
            for row, value in tables[name][column].items():
                for item in value if isinstance(value, tuple) else (value,):
                    if item and item not in known:
                        faults.add(
                            "reference",
                            file=self.folder / f"{name}.csv",
                            row=row,
                            column=column,
                            value=item,
                            expected=_shorten(known),
                        )
        faults.raise_if_any(TableError)

    def _check_sites(self, layer: Layer, frame: gpd.GeoDataFrame) -> None:
        """Refuse a site far from the area: a digit is wrong, or it is another county's."""
        faults = Faults()
        near = shapely.buffer(self.boundary, SITE_NEAR_DEG)
        stray = ~shapely.intersects(near, frame.geometry.values)
        for row in frame.index[stray]:
            x, y = shapely.get_coordinates(frame.geometry[row])[0]
            faults.add(
                "site_far",
                layer=layer.id,
                file=layer.path,
                row=row + 1,
                feature=frame["zone_id"][row],
                value=f"{x:.4f}°E，{y:.4f}°N",
            )
        faults.raise_if_any(LayerError)

    def _check_codes(self, layer: Layer, frame: gpd.GeoDataFrame) -> None:
        """Refuse townships or sites whose codes the tables do not know."""
        if layer.kind == "township":
            known, column = set(self.table("townships")["code"]), "zone_id"
            if not known:  # the list of townships need not be there
                return
        elif layer.kind == "site":
            known, column = {project.project_id for project in self.projects}, "project_id"
            if column not in frame.columns:
                raise LayerError(
                    say(
                        "error.layer_column",
                        layer=layer.id,
                        file=layer.path,
                        column=column,
                        found="、".join(map(str, frame.columns)),
                    )
                )
        else:
            return
        faults = Faults()
        for number, value in enumerate(frame[column], start=1):
            if value not in known:
                faults.add(
                    "feature_code",
                    layer=layer.id,
                    file=layer.path,
                    row=number,
                    column=column,
                    value=value,
                    expected=_shorten(known),
                )
        faults.raise_if_any(LayerError)

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """The projects in the order of the plans' tables."""
        plans = tuple(plan.id for plan in self.area.plans)
        return read_projects(self.table("projects"), str(self.folder / "projects.csv"), plans)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The names of the area's counties, townships, villages and features."""
        return Gazetteer(
            self.area,
            self.table("townships"),
            self.table("villages"),
            self.table("features"),
            self.table("names"),
        )

    @cached_property
    def loci(self) -> dict[str, Locus]:
        """Each project's locus by project id."""
        locator = Locator(self.gazetteer, self._region_of, self._footprint_of, self._townships_at)
        return {project.project_id: locator.locate(project) for project in self.projects}

    def townships_of(self, place: Place) -> tuple[str, ...]:
        """Return the codes of the townships that a place is, or that the plan puts it in."""
        if place.kind in {"township", "village"}:
            return (place.key,) if place.key else ()
        if place.kind != "feature":
            return ()
        names = self.gazetteer.feature(place.key)["townships"]
        if not isinstance(names, tuple):
            return ()
        matches = (self.gazetteer.resolve(name, kinds=("township",)) for name in names)
        return tuple(sorted({match.place.key for match in matches if match.place}))

    def township_name(self, code: str) -> str:
        """Return a township's name by its code."""
        return self._township_names.get(code, code)

    @cached_property
    def _township_names(self) -> dict[str, str]:
        table = self.table("townships")
        return dict(zip(table["code"], table["name"], strict=True))

    @cached_property
    def _townships(self) -> tuple[str, gpd.GeoDataFrame] | None:
        layers = self.of_kind("township")
        return (layers[0].id, self.frame(layers[0].id)) if layers else None

    def _townships_at(self, geometry: Geometry) -> tuple[str, ...]:
        """Return the codes of the townships whose interior a region meets."""
        if self._townships is None:
            return ()
        frame = self._townships[1]
        hit = [
            bool(shapely.relate_pattern(geometry, shape, "T********"))
            for shape in frame.geometry.values
        ]
        return tuple(frame["zone_id"][hit])

    def _region_of(self, place: Place) -> Region | None:
        """Return a place's region: its own geometry, else what its table row says of it."""
        if place.kind == "area":
            return Region(self.boundary, (self.county_layer.id,))
        if place.kind == "county":
            return self._pick(self.county_layer.id, self.counties, {place.key})
        if place.kind in {"township", "village"}:
            return self._pick(*self._townships, {place.key}) if self._townships else None
        stated = place.layer_kind == "river" or self._has_extent(place)
        for layer in self.of_kind(place.layer_kind):
            if not (layer.placed or stated):
                continue  # a sketch is no evidence: smaller than the plan's own words
            region = self._pick(layer.id, self.frame(layer.id), {place.key})
            if region is not None:
                return region
        return self._stated_region(place)

    def _has_extent(self, place: Place) -> bool:
        """Whether the plan states a feature's extent in degrees."""
        row = self.gazetteer.feature(place.key)
        return all(row[side] is not None for side in ("west", "east", "south", "north"))

    def _stated_region(self, place: Place) -> Region | None:
        """Return the townships in which the plan puts a feature that no layer draws."""
        if self._townships is None:
            return None
        return self._pick(*self._townships, self.townships_of(place))

    def _pick(self, layer_id: str, frame: gpd.GeoDataFrame, keys: Iterable[str]) -> Region | None:
        shapes = frame.geometry.values[frame["zone_id"].isin(set(keys)).to_numpy()]
        return Region(shapely.union_all(shapes), (layer_id,)) if len(shapes) else None

    def _footprint_of(self, project_id: str) -> Region | None:
        """Return a project's surveyed parcels, from every layer of sites, as one geometry."""
        parcels, layers = [], []
        for layer in self.of_kind("site"):
            frame = self.frame(layer.id)
            shapes = frame.geometry.values[(frame["project_id"] == project_id).to_numpy()]
            if len(shapes):
                parcels += list(shapes)
                layers.append(layer.id)
        return Region(shapely.union_all(parcels), tuple(layers)) if parcels else None


def _shorten(known: Iterable[str], limit: int = 12) -> str:
    names = sorted(known)
    more = "……" if len(names) > limit else ""
    return "、".join(names[:limit]) + more if names else "—"
