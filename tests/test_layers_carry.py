"""Carrying geometries from plane to plane: each as it would be alone, in however many slices."""

import numpy as np
import shapely
from pyproj import Transformer
from shapely import LineString, MultiPolygon, Point, Polygon, box

from layers import carry
from layers.carry import carried, densified

SHAPES = np.array([
    box(0, 0, 10, 10), None, Polygon(), Point(1, 2, 30), LineString([(0, 0), (3, 4)]),
    Polygon(box(0, 0, 9, 9).exterior, [box(1, 1, 2, 2).exterior]),
    MultiPolygon([box(0, 0, 1, 1), box(5, 5, 6, 6)]), Point(7, 8),
], dtype=object)  # fmt: skip


def shifted(x, y):
    return x + 100, y - 100


def doubled(x, y):
    return 2 * x, 2 * y


def test_steps_are_taken_in_turn_and_heights_stay():
    moved = carried(SHAPES, [shifted, doubled])
    assert moved[0].equals(box(200, -200, 220, -180))
    assert moved[1] is None
    assert moved[2].is_empty
    assert shapely.get_coordinates(moved[3], include_z=True).tolist() == [[202, -196, 30]]
    assert moved[6].equals(MultiPolygon([box(200, -200, 202, -198), box(210, -190, 212, -188)]))
    assert SHAPES[0].equals(box(0, 0, 10, 10))


def test_slices_change_nothing_to_the_bit(monkeypatch):
    undo = Transformer.from_crs("EPSG:4547", "EPSG:4490", always_xy=True).transform
    places = np.random.default_rng(7).uniform((450_000, 4_000_000), (550_000, 4_100_000), (200, 2))
    shapes = shapely.buffer(shapely.points(places), 30)
    whole = shapely.to_wkb(carried(shapes, [undo])).tolist()
    monkeypatch.setattr(carry, "SHAPES", 7)
    assert shapely.to_wkb(carried(shapes, [undo])).tolist() == whole


def test_only_what_has_a_long_edge_is_densified(monkeypatch):
    monkeypatch.setattr(carry, "SHAPES", 2)
    chain = LineString([(step, 0) for step in range(0, 5000, 100)])
    raw = np.array([box(0, 0, 99, 99), box(0, 0, 101, 99), chain, None, box(0, 0, 100, 250),
                    MultiPolygon([box(0, 0, 9, 9), box(900, 0, 909, 9)])], object)  # fmt: skip
    dense = densified(raw, raw, [], 100.0)
    counts = shapely.get_num_coordinates(dense)
    # 101 m in two parts on two sides; 250 m in three on two sides
    assert counts.tolist() == [5, 5 + 2, 50, 0, 5 + 4, 10]
