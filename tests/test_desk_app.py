# ruff: noqa: E501 - rows of hostile data read better whole
"""The desk's routes: from what is dropped or pasted to the result, the decision and the report."""

import io
import json
import shutil
import zipfile

import geopandas as gpd
import openpyxl
import pytest

from maps.desk.app import create_app
from maps.desk.guard import Place
from tests.desk_county import (
    ADDRESS,
    CRS,
    HEADERS,
    Inline,
    TestClient,
    asking,
    corners,
    made_county,
)
from tests.review_county import Zone, at, write_zones

UPLOAD_BYTES = 1 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made_county(tmp_path_factory.mktemp("desk") / "county")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("desk") / "数据"


@pytest.fixture(scope="module")
def client(folder, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("maps.desk.app.Bounded", Inline)
        app = create_app(folder, data, Place(), upload_bytes=UPLOAD_BYTES)
    with TestClient(app, base_url=ADDRESS, headers=HEADERS) as made:
        yield made


def upload(client, name, content):
    answer = client.post("/api/uploads", params={"name": name}, content=content)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def reviewed(client, **more):
    answer = client.post("/api/reviews", json=asking(**more))
    assert answer.status_code == 200, answer.text
    return client.get(f"/api/reviews/{answer.json()['id']}").json()


def refused(client, status=422, **more):
    answer = client.post("/api/reviews", json=asking(**more))
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def test_pasted_corners_are_reviewed_and_listed(client):
    review = reviewed(client)
    (site,) = review["sites"]
    assert (site["name"], site["state"], site["activity"]) == ("光伏电站", "hit", "光伏发电")
    assert review["marks"] == []
    assert review["decided_on"] == "2026-08-15"
    result = client.get(f"/reviews/{review['id']}/look")
    assert "甲红线" in result.text
    assert "sandbox allow-scripts" in result.headers["content-security-policy"]


def test_every_form_of_the_report_is_downloaded(client, data):
    review = reviewed(client)
    starts = {"gpkg": b"SQLite", "xlsx": b"PK", "docx": b"PK", "pdf": b"%PDF", "html": b"<!DOCTYPE"}
    for form, start in starts.items():
        answer = client.get(f"/reviews/{review['id']}/review.{form}")
        assert answer.status_code == 200
        assert answer.content.startswith(start)
        assert "attachment" in answer.headers["content-disposition"]
    assert client.get(f"/reviews/{review['id']}/review.exe").status_code == 422
    assert client.get("/reviews/../desk.sqlite/review.html").status_code == 404
    result = json.loads((data / "runs" / review["id"] / "review.json").read_text(encoding="utf-8"))
    assert result["sites"][0]["zones"][0]["overlap_m2"] == pytest.approx(10_000, rel=1e-3)


def test_a_file_keeps_its_name_as_text_only(client, data):
    points = "\n".join(f"J{n},1,{line}" for n, line in enumerate(
        corners(5000, 5000, 5100, 5100).split("\n"), 1))  # fmt: skip
    text = f"[属性描述]\n坐标系=2000国家大地坐标系\n带号=38\n[地块坐标]\n4,1,a,甲,面,,,,@\n{points}"
    name = "../../<img src=x onerror=alert(1)> 地块.txt"
    review = reviewed(client, uploads=[upload(client, name, text.encode())], pasted="", crs="")
    assert review["source"] == "<img src=x onerror=alert(1)> 地块.txt"
    kept = [path.name for path in (data / "runs" / review["id"]).iterdir()]
    assert not any("img" in one or "地块" in one for one in kept)
    result = (data / "runs" / review["id"] / "review.json").read_text(encoding="utf-8")
    assert str(data) not in result
    assert json.loads(result)["sites"][0]["site"]["file"] == review["source"]
    page = client.get(f"/reviews/{review['id']}/look").text
    assert "<img src=x" not in page
    assert not (data.parent / "<img src=x onerror=alert(1)> 地块.txt").exists()


def test_the_parts_of_a_shapefile_come_together(client, tmp_path):
    frame = gpd.GeoDataFrame({"名称": ["光伏电站"]}, geometry=[at(1100, 1100, 1200, 1200)], crs=CRS)
    frame.to_file(tmp_path / "a.shp", encoding="utf-8")
    parts = sorted(tmp_path.iterdir())
    keys = [upload(client, f"地块{part.suffix}", part.read_bytes()) for part in parts]
    review = reviewed(client, uploads=keys, pasted="", crs="")
    assert (len(review["sites"]), review["source"]) == (1, "地块.shp")
    assert reviewed_again(client, review)["previous"] == review["id"]


def reviewed_again(client, review, day="2026-08-20"):
    answer = client.post(f"/api/reviews/{review['id']}/again", json={"day": day})
    assert answer.status_code == 200, answer.text
    return client.get(f"/api/reviews/{answer.json()['id']}").json()


def test_decisions_stand_beside_the_result_and_a_stale_one_is_refused(client, data):
    review = reviewed(client)
    file = data / "runs" / review["id"] / "review.json"
    before = file.read_bytes()
    made = {"site": "1", "seen": 0, "verdict": "override", "reason": "已避让", "reviewer": "张三"}
    first = client.post(f"/api/reviews/{review['id']}/decisions", json=made)
    assert first.json()["version"] == 1
    late = client.post(f"/api/reviews/{review['id']}/decisions", json={**made, "reviewer": "李四"})
    assert late.status_code == 409
    assert late.json()["latest"]["reviewer"] == "张三"
    again = {**made, "seen": 1, "reviewer": "李四"}
    assert client.post(f"/api/reviews/{review['id']}/decisions", json=again).status_code == 200
    shown = client.get(f"/api/reviews/{review['id']}").json()["sites"][0]
    assert [one["reviewer"] for one in shown["history"]] == ["张三", "李四"]
    assert shown["state"] == "hit"
    assert file.read_bytes() == before


def found(client, **search):
    return client.get("/api/sites", params=search).json()["rows"]


def test_the_list_is_searched_by_every_column(client):
    name = "独一无二的风电场"
    review = reviewed(client, name=name, pasted=corners(6000, 6000, 6100, 6100))
    made = {"site": "1", "seen": 0, "verdict": "reject", "reason": "缺材料", "reviewer": "王五"}
    client.post(f"/api/reviews/{review['id']}/decisions", json=made)
    (row,) = found(client, text="独一 风电")
    day = row["made_at"][:10]
    state, effect = row["state"], row["effect"]
    assert found(client, text="独一", state=state, effect=effect, verdict="reject", after=day,
                 before=day) == [row]  # fmt: skip
    for other in ({"state": "hit"}, {"effect": "prohibited"}, {"verdict": "accept"},
                  {"verdict": "open"}, {"after": "2999-01-01"}, {"before": "2000-01-01"}):  # fmt: skip
        assert found(client, text="独一", **other) == []
    assert [one["name"] for one in found(client, text="王五")] == [name]


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return a county of one's own, its desk, and the desk's folder."""
    folder = made_county(tmp_path / "county")
    monkeypatch.setattr("maps.desk.app.Bounded", Inline)
    app = create_app(folder, tmp_path / "desk", Place())
    with TestClient(app, base_url=ADDRESS, headers=HEADERS) as made:
        yield made, folder, tmp_path / "desk"


def test_a_changed_layer_or_register_or_file_marks_a_review_until_it_is_done_again(own):
    client, folder, data = own
    review = reviewed(client)
    write_zones(folder / "red_line.gpkg", (Zone("r1", at(0, 0, 3000, 3000), name="甲红线"),))
    (mark,) = client.get(f"/api/reviews/{review['id']}").json()["marks"]
    assert "red_line" in mark
    assert [row["review"] for row in found(client, verdict="mark")] == [review["id"]]
    after = reviewed_again(client, review, "2026-08-15")
    assert (after["previous"], after["marks"]) == (review["id"], [])
    assert client.get(f"/api/reviews/{review['id']}").json()["later"] == [after["id"]]
    assert found(client, verdict="mark") == []
    register = folder / "register.toml"
    text = register.read_text(encoding="utf-8").replace("accuracy_m = 0", "accuracy_m = 5")
    register.write_text(text, encoding="utf-8")
    assert client.get(f"/api/reviews/{after['id']}").json()["marks"]
    third = reviewed_again(client, after, "2026-08-15")
    (copy,) = (data / "runs" / third["id"]).glob("*.csv")
    copy.write_text(copy.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "改动" in client.get(f"/api/reviews/{third['id']}").json()["marks"][0]
    shutil.rmtree(data / "runs" / third["id"])
    lost = client.get(f"/api/reviews/{third['id']}").json()
    assert not lost["whole"]
    assert client.get(f"/reviews/{third['id']}/look").status_code == 422


def test_a_day_on_which_the_rules_change_and_a_file_that_comes_again_mark_a_review(own):
    client, _, _ = own
    old = reviewed(client, day="2026-08-14")
    assert old["expires"] == "2026-08-15"
    assert any("2026-08-15" in mark for mark in old["marks"])
    table = "名称,wkt\n甲,POINT(495500 4000500)\n"
    one = reviewed(client, uploads=[upload(client, "a.csv", table.encode())], pasted="")
    assert one["marks"] == []
    two = reviewed(client, uploads=[upload(client, "a.csv", (table + "\n").encode())], pasted="")
    assert two["marks"] == []
    assert "a.csv" in client.get(f"/api/reviews/{one['id']}").json()["marks"][0]


def packed(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


KML_BOMB = b"""<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">
<!ENTITY x SYSTEM "file:///etc/passwd">]><kml><Placemark><name>&b;&x;</name></Placemark></kml>"""


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.zip", packed(**{"..__..__evil_dot_csv": b"x"}), "压缩包之外"),
        ("a.zip", packed(a_dot_zip=packed(b_dot_csv=b"x")), "压缩"),
        ("a.zip", b"PK\x03\x04broken", "压缩"), ("a.kml", KML_BOMB, "a.kml"),
        ("a.dwg", b"AC1032" + b"\0" * 99, "DWG"), ("a.exe", b"MZ" + b"\0" * 99, "a.exe"),
        ("noending", b"112,35", "noending"), ("a.gpkg", b"SQLite format 3\0" + b"\0" * 999, "a.gpkg"),
        ("a.geojson", b'{"type":"FeatureCollection","features":[', "a.geojson"),
        ("a.geojson", b'{"type":"Point","coordinates":[121.5,31.2]}', "本县"), ("a.csv", b"\0" * 99, "a.csv"),
        ("a.csv", "名称,经度,纬度\n=cmd|'/C calc'!A0,坏,坏\n".encode(), "a.csv"),
        ("a.dbf", b"x", ".shp"), ("a.csv", b"", "a.csv"),
    ],
    ids=["path", "nested", "broken-zip", "entities", "dwg", "exe", "no-ending", "broken-gpkg",
         "broken-json", "another-county", "nul", "formula", "part", "empty"],
)  # fmt: skip
def test_a_hostile_file_gets_its_message_and_leaves_nothing(client, data, name, content, said):
    before = everything(data)
    message = refused(client, uploads=[upload(client, name, content)], pasted="", crs="EPSG:4490")
    assert said in message
    assert str(data) not in message
    assert "Traceback" not in message
    assert "root:" not in message
    assert everything(data) == before


def everything(folder):
    skip = {"desk.sqlite-wal", "desk.sqlite-shm"}
    return {path for path in folder.parent.rglob("*") if path.name not in skip}


def test_a_formula_in_a_name_stays_text_in_every_form(client):
    table = "名称,wkt\n\"=cmd|'/C calc'!A0\",POINT(495500 4000500)\n<script>alert(1)</script>,POINT(495600 4000500)\n"
    review = reviewed(client, uploads=[upload(client, "a.csv", table.encode())], pasted="")
    assert {site["name"] for site in review["sites"]} >= {"<script>alert(1)</script>"}
    page = client.get(f"/reviews/{review['id']}/look").text
    assert "<script>alert" not in page
    sheet = client.get(f"/reviews/{review['id']}/review.xlsx").content
    book = openpyxl.load_workbook(io.BytesIO(sheet))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert any(cell.value and "=cmd" in str(cell.value) for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f" and "cmd" in str(cell.value)]


@pytest.mark.parametrize(
    "more",
    [
        {"pasted": ""}, {"day": "2026-02-30"}, {"day": "x"}, {"shape": "circle"},
        {"accuracy_m": -1.0}, {"accuracy_m": 1e9}, {"activity": "nonsense"}, {"extra": 1},
        {"uploads": ["../../etc/passwd"], "pasted": ""}, {"uploads": ["0" * 32], "pasted": ""},
        {"uploads": ["0" * 32]}, {"crs": "EPSG:999999"}, {"crs": "EPSG:3857"}, {"pasted": "112"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_sentence(client, more):
    message = refused(client, **more)
    assert message.endswith(("。", "）"))
    assert "Traceback" not in message


def test_what_does_not_exist_is_not_found(client):
    for path in ("/api/reviews/nothing", "/reviews/nothing/look", "/docs", "/openapi.json", "/x"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]
