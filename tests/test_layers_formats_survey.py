"""Survey coordinate files: the variants of offices, and what is written reads back."""

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import LayerError
from layers.formats import read_source, write_survey_txt

HEAD = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=38\n[地块坐标]\n"
SQUARE = [(3950000, 450000), (3950100, 450000), (3950100, 450100), (3950000, 450100)]
HOLE = [(3950040, 450040), (3950060, 450040), (3950060, 450060), (3950040, 450060)]
FAR = [(north, east + 500) for north, east in SQUARE]


def ring(points, number=1, *, zone=38, close=True, letter="J", swap=False):  # noqa: PLR0913 - a ring in many hands
    pairs = [(north, east + zone * 1_000_000) for north, east in points]
    pairs += pairs[:1] if close else []
    pairs = [pair[::-1] for pair in pairs] if swap else pairs
    return "".join(f"{letter}{at},{number},{x:.3f},{y:.3f}\n"
                   for at, (x, y) in enumerate(pairs, start=1))  # fmt: skip


def parcel(*rings, name="D1", count=0):
    return f"{count},1.0,{name},某某地块,面,I49,林地,0301,@\n{''.join(rings)}"


@pytest.fixture
def survey(tmp_path):
    def write(text, encoding="gbk", **options):
        path = tmp_path / "勘测.txt"
        path.write_bytes(text.encode(encoding))
        return read_source(path, **options)

    return write


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("close", [True, False])
@pytest.mark.parametrize("letter", ["J", "", "JZD"])
@pytest.mark.parametrize("swap", [True, False])
def test_one_square_in_many_hands(survey, encoding, close, letter, swap):
    source = survey(HEAD + parcel(ring(SQUARE, close=close, letter=letter, swap=swap)), encoding)
    assert source.read == 1
    assert source.rejects == ()
    assert source.frame.crs == 4526
    assert source.frame.geometry[0].equals(shapely.box(38450000, 3950000, 38450100, 3950100))
    assert source.frame["地块编号"].tolist() == ["D1"]
    assert source.frame["地块名称"].tolist() == ["某某地块"]
    assert source.frame["面积"].tolist() == [1.0]
    assert any("次序与格式规定相反" in text for text in source.notes) == swap
    assert any("没有闭合" in text for text in source.notes) == (not close)


def test_eastings_without_zone_number(survey):
    source = survey(HEAD + parcel(ring(SQUARE, zone=0)))
    assert source.frame.crs == 4547
    assert source.frame.total_bounds.tolist() == [450000, 3950000, 450100, 3950100]
    # as stated, so that file and register agree
    source = survey(HEAD + parcel(ring(SQUARE, zone=0)), crs="EPSG:4526")
    assert source.frame.crs == 4526
    assert source.frame.total_bounds[0] == 38450000
    # one parcel with and one without
    source = survey(HEAD + parcel(ring(SQUARE)) + parcel(ring(FAR, zone=0), name="D2"))
    assert source.frame.total_bounds.tolist() == [38450000, 3950000, 38450600, 3950100]


@pytest.mark.parametrize(("system", "width", "zone", "epsg"), [
    ("2000国家大地坐标系", 3, 37, 4525), ("CGCS2000", 6, 19, 4497),
    ("1980西安坐标系", 3, 38, 2362), ("北京54坐标系", 3, 38, 2414), ("西安80", 6, 19, 2333),
    ("北京54", 6, 19, 21419), ("独立坐标系", 3, 38, None),
])  # fmt: skip
def test_the_datum_and_zone_of_the_head(survey, system, width, zone, epsg):
    head = f"[属性描述]\n坐标系={system}\n几度分带={width}\n带号={zone}\n[地块坐标]\n"
    source = survey(head + parcel(ring(SQUARE, zone=zone)))
    assert (source.frame.crs.to_epsg() if source.frame.crs else None) == epsg
    assert any("文件头的坐标系" in text and system in text for text in source.notes)


def test_without_head_the_zone_comes_from_the_eastings_or_is_asked_for(survey):
    source = survey(parcel(ring(SQUARE)))
    assert source.frame.crs is None
    assert "按 3 度带 38 带读取" in source.notes
    with pytest.raises(LayerError, match="没有写带号"):
        survey(parcel(ring(SQUARE, zone=0)))
    assert survey(parcel(ring(SQUARE, zone=0)), crs="EPSG:4526").frame.total_bounds[0] == 38450000


def test_a_zone_that_the_coordinates_contradict_is_refused(survey):
    with pytest.raises(LayerError, match="写的是 37 带，坐标却是 38 带"):
        survey(HEAD.replace("38", "37") + parcel(ring(SQUARE)))
    with pytest.raises(LayerError, match="带号=19 与 几度分带=3 不符"):
        survey(HEAD.replace("38", "19") + parcel(ring(SQUARE)))


def test_holes_islands_and_parts(survey):
    island = [(3950048, 450048), (3950052, 450048), (3950052, 450052), (3950048, 450052)]
    rings = [ring(points, number) for number, points in enumerate([SQUARE, HOLE, island, FAR], 1)]
    source = survey(HEAD + parcel(*rings[:2]) + parcel(*rings, name="D2"))
    # 100 x 100, less 20 x 20; then an island of 4 x 4 and another square
    assert source.frame.geometry.area.tolist() == [9600, 9600 + 16 + 10000]
    assert source.frame.geometry.geom_type.tolist() == ["Polygon", "MultiPolygon"]
    assert any("1 个地块有不止一个外圈" in text for text in source.notes)


def test_a_hole_without_a_ring_number_of_its_own_begins_after_the_closed_outline(survey):
    source = survey(HEAD + parcel(ring(SQUARE, 1), ring(HOLE, 1)))
    assert source.frame.geometry.area.tolist() == [9600]


def test_points_without_ring_number_and_with_blanks_between(survey):
    lines = [f"J{at} {north} {east + 38_000_000}" for at, (north, east) in enumerate(SQUARE, 1)]
    source = survey(HEAD + "4,1,D1,甲,面,,,,@\n" + "\n".join(lines))
    assert source.frame.geometry.area.tolist() == [10000]


def test_names_keep_their_full_width_signs(survey):
    source = survey(HEAD + "0,1.0,１号,甲，乙（东），面,面,,,,@\n" + ring(SQUARE))
    assert source.frame["地块编号"].tolist() == ["１号"]
    assert source.frame["地块名称"].tolist() == ["甲，乙（东），面"]


def test_every_parcel_that_cannot_be_used_is_named(survey):
    crossing = [(north + 50, east) for north, east in SQUARE]
    text = HEAD + "".join([
        parcel(ring(SQUARE), name="好"), parcel(ring(SQUARE[:2]), name="两点"),
        parcel(name="空"), parcel(ring(SQUARE), "J9,1,39500x0,450\n", name="坏行"),
        parcel(ring(SQUARE), count=9, name="截断"), parcel(ring(SQUARE, swap=True), name="反"),
        parcel(ring(SQUARE, zone=37), name="邻带"), parcel("J1,1,nan,inf\n", name="非数"),
        parcel(ring(SQUARE), ring(crossing, 2), name="交叉"),
        parcel(ring([(0, 0), (0, 1), (1, 1)], zone=0), name="零"),
        parcel(ring(SQUARE), name="线").replace(",面,", ",线,"), parcel(ring(FAR), name="好2"),
    ])  # fmt: skip
    source = survey(text)
    assert source.frame["地块编号"].tolist() == ["好", "好2"]
    assert source.read == 12
    found = {item.feature: item.reason for item in source.rejects}
    assert list(found) == ["两点", "空", "坏行", "截断", "反", "邻带", "非数", "交叉", "零", "线"]
    words = {"两点": "只有 2 个不同的点", "空": "只有 0 个", "坏行": "「J9,1,39500x0,450」",
             "截断": "写明有 9 个点，只有 5 个", "反": "次序", "邻带": "带号", "非数": "读不出坐标",
             "交叉": "交叉", "零": "不在中国", "线": "不是面"}  # fmt: skip
    for name, word in words.items():
        assert word in found[name]


def test_a_file_without_parcels_is_refused(survey):
    with pytest.raises(LayerError, match="没有地块"):
        survey(HEAD)


ATTRIBUTES = {"地块编号": ["D,1", None], "地块名称": ["甲@地\n块", "㐀𠮷"], "面积": [1.0, 2.25]}


def parcels():
    shapes = [
        shapely.Polygon([(38450000.1234, 3950000), (38450100, 3950000), (38450100, 3950100)]),
        shapely.MultiPolygon([
            shapely.box(38451000, 3950000, 38451100, 3950100)
            - shapely.box(38451040, 3950040, 38451060, 3950060),
            shapely.box(38452000, 3950000, 38452100, 3950100),
        ]),
    ]  # fmt: skip
    return gpd.GeoDataFrame(ATTRIBUTES, geometry=shapes, crs=4526)


def test_what_is_written_reads_back_equal(tmp_path):
    path = tmp_path / "a.txt"
    write_survey_txt(
        parcels(), path, header={"数据产生单位": "某县局", "数据产生日期": "2026-01-01"}
    )
    source = read_source(path)
    expected = parcels().geometry.tolist()
    expected[0] = shapely.Polygon(
        [(38450000.123, 3950000), (38450100, 3950000), (38450100, 3950100)]
    )
    assert [shape.wkt for shape in source.frame.geometry] == [shape.wkt for shape in expected]
    assert source.frame.crs == 4526
    assert source.frame["地块编号"].tolist() == ["D、1", "2"]
    assert source.frame["地块名称"].tolist() == ["甲(at)地 块", "㐀𠮷"]
    assert source.frame["点数"].tolist() == [4, 15]
    text = path.read_bytes().decode("gb18030")
    assert "数据产生单位=某县局\r\n" in text
    assert "J1,1,3950000.000,38450000.123\r\n" in text
    again = tmp_path / "b.txt"
    write_survey_txt(
        source.frame, again, header={"数据产生单位": "某县局", "数据产生日期": "2026-01-01"}
    )
    assert again.read_bytes() == path.read_bytes()
    assert sorted(part.name for part in tmp_path.iterdir()) == ["a.txt", "b.txt"]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=3, max_size=9,
                unique=True))  # fmt: skip
def test_any_ring_of_millimetres_reads_back(tmp_path_factory, offsets):
    points = [(38_450_000 + x / 1000, 3_950_000 + y / 1000) for x, y in offsets]
    frame = gpd.GeoDataFrame(geometry=[shapely.Polygon(points)], crs=4526)
    path = tmp_path_factory.mktemp("ring") / "a.txt"
    write_survey_txt(frame, path)
    assert read_source(path).frame.geometry[0].wkt == frame.geometry[0].wkt


def test_degrees_are_projected_into_the_zone_asked_for(tmp_path):
    degrees = parcels().to_crs(4490)
    with pytest.raises(LayerError, match="需要带号"):
        write_survey_txt(degrees, tmp_path / "a.txt")
    write_survey_txt(degrees, tmp_path / "a.txt", zone=38)
    found = read_source(tmp_path / "a.txt").frame.geometry
    assert shapely.hausdorff_distance(found[1], parcels().geometry[1]) < 0.0011


def test_what_cannot_be_written_is_refused_and_leaves_no_file(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(LayerError, match="需要 CGCS2000 坐标，现为：Xian 1980"):
        write_survey_txt(parcels().set_crs(2362, allow_override=True), path)
    points = gpd.GeoDataFrame(geometry=[shapely.Point(38450000, 3950000)], crs=4526)
    with pytest.raises(LayerError, match="第 1 个要素的图形是 Point"):
        write_survey_txt(points, path)
    speck = gpd.GeoDataFrame(geometry=[shapely.box(38450000, 3950000, 38450000.0001, 3950001)],
                             crs=4526)  # fmt: skip
    with pytest.raises(LayerError, match="不足三个不同的点"):
        write_survey_txt(speck, path)
    with pytest.raises(LayerError, match="不能写这些项：带号"):
        write_survey_txt(parcels(), path, header={"带号": "39"})
    with pytest.raises(LayerError, match="无法写入"):
        write_survey_txt(parcels(), tmp_path / "none" / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_heads_that_differ_in_the_coordinates_are_not_mixed(survey):
    second = parcel(ring(FAR, zone=0), name="D2")
    source = survey(HEAD + parcel(ring(SQUARE)) + HEAD + second)
    assert source.read == len(source.frame) == 2
    others = (("带号=38", "带号=39", "带号 有 38、39"), ("2000国家", "1980西安", "坐标系 有 2000"))
    for old, new, word in others:
        with pytest.raises(LayerError, match=word):
            survey(HEAD + parcel(ring(SQUARE)) + HEAD.replace(old, new) + second)


def test_the_central_meridian_tells_the_zone_and_must_not_contradict_it(survey):
    head = HEAD.replace("带号=38", "中央子午线=114")
    assert survey(head + parcel(ring(SQUARE, zone=0))).frame.crs == 4547
    with pytest.raises(LayerError, match="带号、中央子午线 有 38、111"):
        survey(HEAD.replace("带号=38", "带号=38\n中央子午线=111") + parcel(ring(SQUARE)))


def test_titles_and_remarks_are_skipped_and_said_so_but_no_broken_point_is(survey):
    body = parcel(ring(SQUARE))
    source = survey(f"某县 勘测 定界 2024\n// 草稿\n{HEAD}{body}[备注]\n面积4公顷\n联系人=张三\n")
    assert source.frame.geometry.area.tolist() == [10000]
    assert any("5 行不是地块和坐标" in text for text in source.notes)
    for broken in ("J1,1,39500x0,38450000\n", "J1,1,3950000\n", "J1,北,东\n", "3950x,384\n"):
        source = survey(HEAD + broken + ring(SQUARE))
        assert (source.read, len(source.frame)) == (1, 0)
    source = survey(HEAD + body + "完\n")
    assert "「完」" in source.rejects[0].reason


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_tabs_and_bare_pairs_of_coordinates(survey, encoding):
    text = HEAD + parcel(ring(SQUARE)).replace(",", "\t")
    source = survey(text, encoding)
    assert source.frame["地块名称"].tolist() == ["某某地块"]
    assert source.frame.geometry.area.tolist() == [10000]
    lines = "".join(f"{north},{east + 38_000_000}\n" for north, east in SQUARE)
    source = survey(HEAD + "4,1,D1,甲,面,,,,@\n" + lines, encoding)
    assert source.frame.geometry.area.tolist() == [10000]


def test_an_area_or_unit_that_the_coordinates_contradict_is_noted(survey):
    source = survey(HEAD + parcel(ring(SQUARE)).replace("1.0", "15.0"))
    assert any("D1（写明 15.0 公顷，坐标算得 1.0000 公顷）" in text for text in source.notes)
    source = survey(HEAD.replace("带号", "计量单位=千米\n带号") + parcel(ring(SQUARE)))
    assert any("计量单位是「千米」，数值却是米" in text for text in source.notes)
    assert not any("面积" in text for text in source.notes)
