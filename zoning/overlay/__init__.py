"""The overlay room: how shapes meet the zones of a layer.

Every query, review and zoning step asks a ``ZoneSet``; it chooses the
technique by the size of the work (docs/decisions/0007-overlay.md).
"""

from zoning.overlay.flat import Polygons
from zoning.overlay.kernel import Shared
from zoning.overlay.many import ManyZones
from zoning.overlay.meeting import POLYGON, Meeting, ZoneSet, by_dimension

__all__ = ["POLYGON", "ManyZones", "Meeting", "Polygons", "Shared", "ZoneSet", "by_dimension"]
