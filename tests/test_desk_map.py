"""The desk's map, what is read beforehand, and rules of one's own."""

import json

import pytest
import shapely
from shapely.geometry import shape

from layers.workspace import Workspace
from maps.desk.app import create_app
from maps.desk.guard import Place
from maps.desk.ready import Ready
from tests.desk_county import ADDRESS, HEADERS, Inline, TestClient, asking, corners, made_county
from tests.review_county import Made, Zone, at, county, write_zones
from zoning.review.zones import zones_of
from zoning.rules import RulesError

RULE = """[[rule]]
id = "own-photovoltaic"
kind = "red_line"
activities = ["photovoltaic"]
effect = "prohibited"
paraphrase = "本县的规定。"
document = "水污染防治法（2017年修正）"
article = "第六十四条"
in_force_from = 2018-01-01
in_force_to = 2026-08-14
source = "本县文件"
verified = false
"""


def desk(folder, data, monkeypatch, **more):
    monkeypatch.setattr("maps.desk.app.Bounded", Inline)
    app = create_app(folder, data, Place(), **more)
    return TestClient(app, base_url=ADDRESS, headers=HEADERS)


def made(client, **more):
    answer = client.post("/api/reviews", json=asking(**more))
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def test_the_map_holds_the_sites_and_the_zones_around_them_as_data(tmp_path, monkeypatch):
    name = "<img src=x onerror=alert(1)>"
    zones = (
        Zone("r1", at(1000, 1000, 3000, 3000), name=name),
        Zone("far", at(60_000, 60_000, 61_000, 61_000), name="远"),
    )
    folder = county(tmp_path / "county", {"red_line": Made("red_line", zones)}).folder
    with desk(folder, tmp_path / "desk", monkeypatch) as client:
        answer = client.get(f"/api/reviews/{made(client)}/map")
        assert client.get("/api/reviews/nothing/map").status_code == 404
    assert answer.headers["content-type"] == "application/json"
    drawn = json.loads(answer.text)
    (site,) = drawn["sites"]
    assert (site["rank"], site["name"], site["state"]) == (1, "光伏电站", "hit")
    (layer,) = [one for one in drawn["layers"] if one["classes"]]
    (zone,) = layer["classes"][0]["zones"]
    assert zone["name"] == name
    # the site lies within the zone by 100 m on each side, as in the county
    assert shape(zone["shape"]).contains(shape(site["shape"]))
    (south, west), (north, east) = drawn["bounds"]
    assert shape(site["shape"]).bounds == pytest.approx((west, south, east, north), abs=1e-6)


def test_far_corners_are_left_out_of_the_map_and_a_cut_zone_stays_in_its_window(
    tmp_path, monkeypatch
):
    wide = Zone("r1", at(-200_000, -200_000, 200_000, 200_000))
    folder = county(tmp_path / "county", {"red_line": Made("red_line", (wide,))}).folder
    with desk(folder, tmp_path / "desk", monkeypatch) as client:
        drawn = client.get(f"/api/reviews/{made(client)}/map").json()
    (south, west), (north, east) = drawn["window"]
    layer = next(one for one in drawn["layers"] if one["classes"])
    zone = shape(layer["classes"][0]["zones"][0]["shape"])
    assert shapely.box(west, south, east, north).buffer(1e-5).contains(zone)


def test_what_was_understood_is_told(tmp_path, monkeypatch):
    with desk(made_county(tmp_path / "county"), tmp_path / "desk", monkeypatch) as client:
        key = made(client, pasted=corners(1100, 1100, 1200, 1200))
        said = client.get(f"/api/reviews/{key}").json()["understood"]
    assert "1 个面（4 个拐点）" in said
    assert "以米计，每行先 X（北）后 Y（东）" in said
    assert "东经" in said


def test_what_was_read_beforehand_is_used_until_a_file_changes(tmp_path):
    folder = made_county(tmp_path / "county")
    ready = Ready(folder)
    assert ready.held()[0] is not ready.held()[0]
    ready.prepare()
    workspace, pack = ready.held()
    assert ready.held() == (workspace, pack)
    assert ready.held()[0] is workspace
    write_zones(folder / "red_line.gpkg", (Zone("r1", at(0, 0, 10, 10), name="新红线"),))
    after, _ = ready.held()
    assert after is not workspace
    assert after.frame("red_line")["name"].tolist() == ["新红线"]


def test_a_layer_that_is_deleted_is_not_answered_from_memory(tmp_path):
    folder = made_county(tmp_path / "county")
    ready = Ready(folder)
    ready.prepare()
    workspace, _ = ready.held()
    (folder / "red_line.gpkg").unlink()
    assert ready.held()[0] is not workspace


def test_a_workspace_that_is_wrong_is_told_to_who_asks(tmp_path):
    folder = made_county(tmp_path / "county")
    (folder / "register.toml").write_text("[[layer]]\nid = 3\n", encoding="utf-8")
    ready = Ready(folder)
    ready.prepare()
    with pytest.raises(Exception, match=r"register\.toml"):
        ready.held()


def test_zones_are_made_once_for_a_workspace(tmp_path):
    workspace = Workspace(made_county(tmp_path / "county"))
    layer = workspace.layer("red_line")
    assert zones_of(workspace, layer) is zones_of(workspace, layer)
    assert zones_of(Workspace(workspace.folder), layer) is not zones_of(workspace, layer)


def test_rules_of_ones_own_are_used_and_watched(tmp_path, monkeypatch):
    folder, own = made_county(tmp_path / "county"), tmp_path / "rules"
    own.mkdir()
    (own / "own.toml").write_text(RULE, encoding="utf-8")
    with desk(folder, tmp_path / "desk", monkeypatch, rules=[own]) as client:
        key = made(client)
        assert client.get(f"/api/reviews/{key}").json()["marks"] == []
        (own / "bad.toml").write_text("[[rule]]\n", encoding="utf-8")
        assert client.get(f"/api/reviews/{key}").json()["marks"]
        assert client.post("/api/reviews", json=asking()).status_code == 422
    with pytest.raises(RulesError):
        desk(folder, tmp_path / "desk", monkeypatch, rules=[own])
