"""Made workspaces for reviews: metres from a corner on the central meridian, areas in the head."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
from shapely import Geometry, affinity, box

from layers.workspace import Workspace
from zoning.review.engine import review
from zoning.review.sites import read_sites
from zoning.rules import Pack, Rule

PLANE = "EPSG:4547"
EAST, NORTH = 495_000, 4_000_000
"""The corner of a county of 10 by 8 km; the central meridian is 5 km east of it."""

DAY = dt.date(2026, 8, 14)
NO_RULES = Pack(())


def at(west, south, east, north):
    """A rectangle in metres from the corner."""
    return box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def moved(shape: Geometry) -> Geometry:
    """A shape in metres from the corner, in the plane."""
    return affinity.translate(shape, EAST, NORTH)


@dataclass(frozen=True)
class Zone:
    id: str
    shape: Geometry
    level: str | None = None
    name: str | None = None
    zone_class: str | None = None


@dataclass(frozen=True)
class Made:
    """A layer: its kind, its zones, and what else stands in the register."""

    kind: str
    zones: tuple[Zone, ...]
    accuracy_m: float | None = 0
    coverage: str = "area"
    basis: str = "surveyed"
    date: str = "2026-01-01"
    shape: str = "footprint"


def county(folder: Path, layers: dict[str, Made], *, outline=None, crs=PLANE, code="149901"):
    """Write a workspace and open it; a layer without zones is registered and has no file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "area.toml").write_text(
        f'id = "made"\nname = "甲县"\nlevel = "county"\nmade = true\n'
        f'counties = [{{ name = "甲县", code = "{code}" }}]\n',
        encoding="utf-8",
    )
    outline = at(0, 0, 10_000, 8000) if outline is None else outline
    every = {"county": Made("county", (Zone(code, outline, name="甲县"),)), **layers}
    entries = []
    for layer_id, made in every.items():
        if made.zones:
            write_zones(folder / f"{layer_id}.gpkg", made.zones, crs)
        accuracy = "" if made.accuracy_m is None else f"accuracy_m = {made.accuracy_m}\n"
        entries.append(
            f'[[layer]]\nid = "{layer_id}"\nkind = "{made.kind}"\ntitle = "{layer_id}"\n'
            f'path = "{layer_id}.gpkg"\ncrs = "{crs}"\nbasis = "{made.basis}"\n{accuracy}'
            f'coverage = "{made.coverage}"\ndate = "{made.date}"\nshape = "{made.shape}"\n'
        )
    (folder / "register.toml").write_text("\n".join(entries), encoding="utf-8")
    return Workspace(folder)


def write_zones(path, zones, crs=PLANE):
    columns = {
        "zone_id": [zone.id for zone in zones],
        "name": [zone.name for zone in zones],
        "class": [zone.zone_class for zone in zones],
        "level": [zone.level for zone in zones],
    }
    frame = gpd.GeoDataFrame(columns, geometry=[zone.shape for zone in zones], crs=crs)
    frame.to_file(path, driver="GPKG")


def write_sites(path, shapes: dict[str, Geometry], crs=PLANE, **columns):
    frame = gpd.GeoDataFrame(
        {"编号": list(shapes), **columns}, geometry=list(shapes.values()), crs=crs
    )
    frame.to_file(path)
    return path


def reviewed(workspace, shapes, *, accuracy_m=0.0, pack=NO_RULES, activity="", **columns):
    """Review shapes by id, and return what was found of each by its id, and the review."""
    path = write_sites(workspace.folder / "sites.gpkg", shapes, **columns)
    sites = read_sites([path], workspace, accuracy_m=accuracy_m)
    found = review(workspace, sites, day=DAY, pack=pack, activity=activity)
    return {site.site.id: site for site in found.sites}, found


def kind_of(site, kind):
    (found,) = (one for one in site.kinds if one.kind == kind)
    return found


def zones_of(site, kind, relation=None):
    """The zones of a kind by id, those of a relation only where one is asked for."""
    return {
        zone.zone_id: zone
        for zone in site.zones
        if zone.kind == kind and relation in {None, zone.relation}
    }


def rule(rule_id="r", **facts):
    """A rule that speaks of everything in a kind, but for what is given."""
    known = {
        "kind": "red_line",
        "zone_classes": (),
        "levels": (),
        "activities": ("photovoltaic", "road", "supply"),
        "effect": "prohibited",
        "approval": "",
        "condition": "",
        "paraphrase": "甲",
        "document": "某法",
        "article": "第一条",
        "in_force_from": dt.date(2020, 1, 1),
        "in_force_to": None,
        "province": "",
        "verified": False,
        "source": "甲",
    }
    return Rule(id=rule_id, **{**known, **facts})
