"""Coordinates in tables: every notation, which way round, which zone."""

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import LayerError
from layers.formats import read_source
from layers.formats.angle import parse_angle

TEN_AND_A_HALF = 112 + 22 / 60 + 10.5 / 3600


@pytest.mark.parametrize("text", [
    "112度22分10.5秒", "112°22′10.5″", "112 22 10.5", "E112°22'10.5\"", "112°22'10.5\"E",
    "东经112度22分10.5秒", "112º22’10.5”", "112:22:10.5", "１１２°２２′１０．５″", "112d22m10.5s",
    "112°22'10.5''", "112-22-10.5", " 112° 22′ 10.5″ ", "112°22.175′",
])  # fmt: skip
def test_one_angle_in_every_notation(text):
    degrees, hemisphere = parse_angle(text)
    assert degrees == pytest.approx(TEN_AND_A_HALF, abs=1e-12)
    assert hemisphere in {"", "E"}


@pytest.mark.parametrize("text", ["", "无", "112°60′", "112°22′60″", "112.5°22′", "112°22.5′10″",
                                  "E112°W", "112°22′10″5", "1e5", "nan", "112,5"])  # fmt: skip
def test_what_is_no_angle(text):
    assert parse_angle(text) is None


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 5999))
def test_an_angle_reads_back_as_written(degrees, minutes, hundredths):
    found = parse_angle(f"{degrees}°{minutes:02d}′{hundredths / 100:05.2f}″")
    assert found[0] == pytest.approx(degrees + minutes / 60 + hundredths / 360_000, abs=1e-12)


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8", **options):
        path = tmp_path / "点.csv"
        path.write_bytes(text.encode(encoding))
        return read_source(path, **options)

    return write


def points(source):
    return [(shape.x, shape.y) for shape in source.frame.geometry]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_degrees_in_any_encoding_with_titles_above(table, encoding):
    text = "泉点一览表,,\n名称,经度(°),纬度(°)\n海会寺泉,112.5,35.25\n延河泉,112°30′,35°15′\n"
    source = table(text, encoding)
    assert points(source) == [(112.5, 35.25), (112.5, 35.25)]
    assert source.frame["名称"].tolist() == ["海会寺泉", "延河泉"]
    assert source.frame.crs is None
    assert "列名取自第 2 行，其上各行当作标题" in source.notes


def test_every_row_that_cannot_be_used_is_named(table):
    rows = ["甲,112.5,35.5", "乙,不详,35.5", "丙,,", "丁,0,0", "戊,35.5,112.5", "己,112.5",
            "庚,112.5,35.5,多", "", "辛,113,36", "壬,inf,nan"]  # fmt: skip
    source = table("\n".join(["名称,经度,纬度", *rows]))
    assert points(source) == [(112.5, 35.5), (113, 36)]
    assert source.read == 9
    found = {item.feature: item.reason for item in source.rejects}
    assert list(found) == ["3", "4", "5", "6", "7", "8", "11"]
    assert "「不详，35.5」读不出来（经度、纬度）" in found["3"]
    assert found["4"] == "没有填写坐标"
    assert "不在中国" in found["5"]
    assert "次序与文件中其他坐标相反" in found["6"]
    assert (found["7"], found["8"]) == ("这一行有 2 格，应为 3 格", "这一行有 4 格，应为 3 格")
    assert "读不出来" in found["11"]


def test_names_that_contradict_the_numbers_are_noted(table):
    source = table("经度,纬度\n35.5,112.5\n")
    assert points(source) == [(112.5, 35.5)]
    assert source.notes == ("列名与数值相反，按数值：经度取自列 纬度，纬度取自列 经度",)


@pytest.mark.parametrize(("header", "row"), [
    ("X,Y", "3900000.5,38450000.25"), ("x,y", "38450000.25,3900000.5"),
    ("X坐标,Y坐标", "3900000.5,450000.25"), ("北坐标(m),东坐标(m)", "3900000.5,450000.25"),
    ("横坐标,纵坐标", "450000.25,3900000.5"), ("X(北),Y(东)", "3900000.5,38450000.25"),
    ("Easting,Northing", "450000.25,3900000.5"),
])  # fmt: skip
def test_metres_either_way_round_with_or_without_zone(table, header, row):
    text = f"名,{header}\n甲,{row}\n"
    assert points(table(text, crs="EPSG:4526")) == [(38450000.25, 3900000.5)]
    assert points(table(text, crs="EPSG:4547")) == [(450000.25, 3900000.5)]
    with pytest.raises(LayerError, match="以米为单位，表中没有写坐标系"):
        table(text)


def test_the_proposal_names_the_zone_that_the_eastings_carry(table):
    with pytest.raises(LayerError, match=r'3 度带 38 带；若为 CGCS2000，请写 crs = "EPSG:4526"'):
        table("X,Y\n3900000,38450000\n")
    with pytest.raises(LayerError, match=r"6 度带 19 带；若为 CGCS2000，请写 crs = .EPSG:4497"):
        table("X,Y\n3900000,19450000\n")


def test_metres_that_fit_both_ways_are_asked_about_unless_the_names_tell(table):
    # 500 000 m and 600 000 m are an easting and a northing in the South China Sea
    with pytest.raises(LayerError, match="不能确定哪一列是东"):
        table("X,Y\n500000,600000\n", crs="EPSG:4547")
    assert points(table("东坐标,北坐标\n500000,600000\n", crs="EPSG:4547")) == [(500000, 600000)]
    assert points(table("北坐标,东坐标\n500000,600000\n", crs="EPSG:4547")) == [(600000, 500000)]
    # one row with its zone number tells for all
    text = "X,Y\n500000,600000\n500000,38600000\n"
    assert points(table(text, crs="EPSG:4547")) == [(600000, 500000), (600000, 500000)]


def test_another_zone_than_the_stated_one_is_refused_or_rejected(table):
    with pytest.raises(LayerError, match="是 38 带，与写明的坐标系 EPSG:4525 不是同一带"):
        table("X,Y\n3900000,38450000\n", crs="EPSG:4525")
    source = table("X,Y\n3900000,38450000\n3900000,37450000\n", crs="EPSG:4526")
    assert points(source) == [(38450000, 3900000)]
    assert "带号与其余坐标不同" in source.rejects[0].reason


def test_degrees_and_metres_side_by_side_the_stated_crs_chooses(table):
    text = "经度,纬度,X,Y\n112.5,35.5,3900000,38450000\n"
    assert points(table(text)) == [(112.5, 35.5)]
    assert points(table(text, crs="EPSG:4526")) == [(38450000, 3900000)]


def test_two_pairs_of_columns_are_asked_about(table):
    with pytest.raises(LayerError, match="几组坐标列：起点经度、起点纬度、终点纬度、终点经度"):
        table("起点经度,起点纬度,终点经度,终点纬度\n112,35,113,36\n")
    with pytest.raises(LayerError, match=r"认不出坐标列（现有内容：.*镇名"):
        table("镇名,人口\n甲,5\n")


def test_wkt_with_its_crs(table):
    rows = ["甲,SRID=4490;POINT (112 35)", '乙,"SRID=4490;POLYGON ((0 0, 1 0, 1 1, 0 0))"',
            "丙,SRID=4490;POINT (", "丁,"]  # fmt: skip
    source = table("\n".join(["名,WKT", *rows]))
    assert source.frame.geometry.geom_type.tolist() == ["Point", "Polygon"]
    assert source.frame.crs == 4490
    assert [item.feature for item in source.rejects] == ["4", "5"]
    assert "WKT「SRID=4490;POINT (」读不出来" in source.rejects[0].reason


def test_broken_csv_is_refused_with_its_line(table):
    with pytest.raises(LayerError, match=r"不是正确的 CSV"):
        table('经度,纬度\n"112,35\n')
    with pytest.raises(LayerError, match="第 2 行含有空字符"):
        table("经度,纬度\n112\0,35\n")


@pytest.fixture
def workbook(tmp_path):
    def write(sheets, **options):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "点.xlsx"
        book.save(path)
        return read_source(path, **options)

    return write


SPRINGS = [["名称", "坐标"], ["泉", "E112°30′, N35°15′"], ["井", "112.5，35.25"], ["合计", None]]


def test_the_sheet_with_coordinates_is_found_and_one_cell_may_hold_both(workbook):
    source = workbook({"说明": [["说明文字"]], "泉点": SPRINGS})
    assert points(source) == [(112.5, 35.25), (112.5, 35.25)]
    assert source.read == 3
    assert source.rejects[0].feature == "4"
    assert "读取工作表 泉点" in source.notes


def test_two_sheets_with_coordinates_are_asked_about(workbook):
    with pytest.raises(LayerError, match="甲、乙"):
        workbook({"甲": SPRINGS, "乙": SPRINGS})
    assert workbook({"甲": SPRINGS, "乙": SPRINGS[:2]}, table="乙").read == 1
    with pytest.raises(LayerError, match="现为：丙"):
        workbook({"甲": SPRINGS}, table="丙")


def test_excel_cells_keep_their_kind(workbook):
    rows = [["代码", "X", "Y", "公顷"], ["014", 3900000.5, 38450000.25, 3.5],
            ["015", "3900000.5", "450000.25", None]]  # fmt: skip
    source = workbook({"甲": rows}, crs="EPSG:4526")
    assert points(source) == [(38450000.25, 3900000.5)] * 2
    assert source.frame["代码"].tolist() == ["014", "015"]
    assert source.frame["公顷"].tolist()[0] == 3.5


@pytest.mark.parametrize("names", ["经度,纬度", "X,Y", "东坐标,北坐标", "x,y"])
@pytest.mark.parametrize("rows", [
    ["1122210,351250"], ["351250,1122210", "351311,1122305"], ["1122210.5,351250.25"],
    ["11222.17,3512.83"],
])  # fmt: skip
@pytest.mark.parametrize("crs", ["", "EPSG:4547"])
def test_packed_degrees_are_refused_by_name_and_never_a_place(table, names, rows, crs):
    with pytest.raises(LayerError, match=r"度、分、秒写成了一个数.*112°22′10″"):
        table("\n".join([names, *rows]) + "\n", crs=crs)


def test_packed_degrees_in_one_cell_are_refused(table):
    with pytest.raises(LayerError, match="度、分、秒写成了一个数"):
        table('坐标\n"1122210,351250"\n')


def test_metres_that_cannot_be_packed_degrees_are_read(table):
    # an island at 10 N: the northing has 70 where minutes would stand
    source = table("东坐标,北坐标\n351250,1127010\n", crs="EPSG:4547")
    assert points(source) == [(351250, 1127010)]
    # and one that could be, told by its zone
    source = table("东坐标,北坐标\n19351250,1122210\n", crs="EPSG:4497")
    assert points(source) == [(19351250, 1122210)]


def test_decimals_that_are_never_sixty_are_noted(table):
    minutes = [(at, 59 - 4 * at) for at in range(14)]
    rows = [f"112.{one:02d}{two:02d},35.{two:02d}{one * 4:02d}" for one, two in minutes]
    source = table("经度,纬度\n" + "\n".join(rows))
    assert source.read == len(source.frame) == 14
    assert points(source)[0] == (112.0059, 35.59)
    assert any("度.分秒" in text for text in source.notes)
    plain = table("经度,纬度\n" + "\n".join([*rows, "112.2275,35.1250"]))
    assert not any("度.分秒" in text for text in plain.notes)


@pytest.mark.parametrize("text", [
    "112º22´10.5˝", "112˚22΄10.5˝", "112°22ʹ10.5ʺ", "112°22′10.5〃", "\u200e112°22′10.5″\u200b",
    "经度112°22′10.5″",
])  # fmt: skip
def test_signs_that_look_like_minutes_and_seconds(text):
    assert parse_angle(text)[0] == pytest.approx(TEN_AND_A_HALF, abs=1e-12)


def test_a_heading_in_two_rows(workbook):
    rows = [["某县泉点一览表"], ["序号", "名称", "坐标", None], [None, None, "经度", "纬度"],
            [1, "泉", 112.5, 35.25, "干涸"]]  # fmt: skip
    source = workbook({"甲": rows})
    assert points(source) == [(112.5, 35.25)]
    assert source.frame.drop(columns="geometry").iloc[0].tolist() == [1, "泉", 112.5, 35.25, "干涸"]
    assert source.frame.columns[:2].tolist() == ["序号", "名称"]


def test_degrees_without_their_minutes_are_no_place(workbook, table):
    rows = [["名称", "经度", None, None, "纬度", None, None], ["泉", 112, 24, 0, 35, 28, 48]]
    with pytest.raises(LayerError, match="经度 右边的列没有列名"):
        workbook({"甲": rows})
    parts = [None, *"度分秒度分秒"]
    with pytest.raises(LayerError, match="经度 右边的列没有列名"):
        workbook({"甲": [rows[0], parts, rows[1]]})
    with pytest.raises(LayerError, match="经度 右边的列没有列名"):
        table("名称,经度,,,纬度,,\n泉,112,24,0,35,28,48\n")
    assert points(table("经度,纬度,\n112.5,35.25,已核\n")) == [(112.5, 35.25)]


@pytest.mark.parametrize(("text", "words"), [
    ("经度,纬度\n112.24.00,35.28.48\n", "没有一行读得出坐标，例如「112.24.00，35.28.48」"),
    ("经度,纬度\n,\n", "没有一行数据"), ("经度,纬度\n", "只有列名"),
    ("X,Y\n3928.75,37627.05\n", "没有一行是中国的经纬度"),
    ("经度(GCJ02),纬度(GCJ02)\n112.5,35.5\n", "写明是 GCJ-02 坐标"),
    ("百度经度,百度纬度\n112.5,35.5\n", "写明是 BD-09 坐标"),
])  # fmt: skip
def test_tables_that_cannot_be_read_say_why(table, text, words):
    with pytest.raises(LayerError, match=words):
        table(text, crs="EPSG:4490")


def test_a_web_map_named_in_the_columns_is_read_where_it_is_stated(table):
    assert points(table("经度(GCJ02),纬度(GCJ02)\n112.5,35.5\n", crs="GCJ-02")) == [(112.5, 35.5)]


def test_the_sign_between_cells_parts_the_rows_evenly(table):
    text = "名称,备注,经度,纬度\n泉,甲;乙;丙;丁;戊，己，庚，辛，壬，癸,112.5,35.25\n"
    assert points(table(text)) == [(112.5, 35.25)]
    assert points(table("名称，经度，纬度\n泉，112.5，35.25\n")) == [(112.5, 35.25)]


def test_the_letters_of_geodesy_only_where_nothing_else_is_a_position(table):
    assert points(table("名称,B,L\n泉,35.25,112.5\n")) == [(112.5, 35.25)]
    assert points(table("B,L,经度,纬度\n2,30,112.5,35.25\n")) == [(112.5, 35.25)]
