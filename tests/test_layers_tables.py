"""Faults of a text table: each is named with file, row, value and what was expected."""

import pytest

from layers.contracts import TABLES
from layers.errors import FAULTS_SHOWN, TableError
from layers.tables import CELL_LIMIT, read_table

PATCHES = TABLES["mine_patches"]
HEADER = "id,township,patches,area_ha,what,plan,line,note\n"
GOOD = "a,东镇,3,1.5,废弃矿山,p,7,\n"


@pytest.fixture
def table(tmp_path):
    """Write a table and read it by its contract."""
    path = tmp_path / "mine_patches.csv"

    def read(content, contract=PATCHES):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path, contract)

    return read


@pytest.fixture
def refused(table, tmp_path):
    """Read a table that must be refused and return its messages, one a fault."""

    def read(content, contract=PATCHES):
        with pytest.raises(TableError) as caught:
            table(content, contract)
        messages = str(caught.value).splitlines()
        named = [str(tmp_path / "mine_patches.csv") in message for message in messages]
        assert all(named[:FAULTS_SHOWN])
        return messages

    return read


def project(**cells):
    """A row of projects.csv with a header, as text."""
    names = TABLES["projects"].column_names()
    row = {"plan": "p", "seq": "1", "name": "造林", "line": "5"} | cells
    return f"{','.join(names)}\n{','.join(row.get(name, '') for name in names)}\n"


def feature(**cells):
    names = TABLES["features"].column_names()
    row = {"id": "river-a", "kind": "river", "name": "甲河"} | cells
    return f"{','.join(names)}\n{','.join(row.get(name, '') for name in names)}\n"


# --- what is read right ---------------------------------------------------------------------


def test_cells_come_back_typed_and_silence_is_null(table):
    row = table(HEADER + GOOD + "b,,,,,,,\n")
    assert row.loc[2].to_dict() == {
        "id": "a", "township": "东镇", "patches": 3, "area_ha": 1.5, "what": "废弃矿山",
        "plan": "p", "line": 7, "note": None,
    }  # fmt: skip
    assert row.loc[3].dropna().to_dict() == {"id": "b"}


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("gbk"),
        lambda text: text.encode("gb18030"),
        lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r").encode("gbk"),
    ],
    ids=["utf-8", "BOM", "GBK", "GB18030", "CRLF with BOM", "CR in GBK"],
)
def test_encodings_and_line_ends_give_the_same_rows(table, encode):
    row = table(encode(HEADER + GOOD)).loc[2]
    assert (row["id"], row["township"], row["what"]) == ("a", "东镇", "废弃矿山")


def test_a_header_alone_is_an_empty_table_with_its_columns(table):
    empty = table(HEADER)
    assert len(empty) == 0
    assert tuple(empty.columns) == PATCHES.column_names()


def test_columns_may_stand_in_any_order_but_come_back_in_theirs(table):
    names = HEADER.strip().split(",")[::-1]
    cells = GOOD.strip("\n").split(",")[::-1]
    read = table(",".join(names) + "\n" + ",".join(cells) + "\n")
    assert tuple(read.columns) == PATCHES.column_names()
    assert read.loc[2, "township"] == "东镇"


def test_quotes_hold_commas_quotes_and_line_breaks(table):
    row = table(HEADER + 'a,东镇,3,,"一,""二""\n三",,,\n').loc[2]
    assert row["what"] == '一,"二"\n三'


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0b", "\x0c", "\x1e"])
def test_other_line_marks_inside_a_cell_do_not_split_the_row(table, mark):
    read = table(HEADER + f"a,东镇,3,,一{mark}二,,,\n" + "b,,,,,,,\n")
    assert list(read.index) == [2, 3]
    assert read.loc[2, "what"] == f"一{mark}二"


def test_lists_are_split_at_semicolons_and_trimmed(table):
    read = table(project(townships="东镇; 西镇;;"), TABLES["projects"])
    assert read.loc[2, "townships"] == ("东镇", "西镇")
    assert read.loc[2, "rivers"] == ()


def test_lines_are_those_of_the_file_after_quoted_breaks_and_empty_lines(table, refused):
    text = HEADER + 'a,,1,,"一\n二\r\n三",,,\n\n,,,,,,,\nb,,1,,,,,\n'
    assert list(table(text).index) == [2, 7]
    (message,) = refused(text.replace("b,,1", "b,,两"))
    assert "第 7 行" in message


# --- the header -----------------------------------------------------------------------------


def test_a_missing_column_is_named_with_those_that_are_there(refused):
    (message,) = refused(HEADER.replace("patches,", "") + "a,东镇,1.5,,,,\n")
    assert "缺少列 patches" in message
    assert "id、township、area_ha" in message


def test_unknown_and_repeated_columns_are_named(refused):
    messages = refused(HEADER.replace("note", "remark"))
    assert any("多出列 remark" in message for message in messages)
    assert any("缺少列 note" in message for message in messages)
    messages = refused(HEADER.replace("note", "note,what"))
    assert any("列 what 出现了两次" in message for message in messages)


@pytest.mark.parametrize("content", ["", "\n", "\n" + HEADER + GOOD, "\ufeff"])
def test_an_empty_first_line_says_which_columns_belong_there(refused, content):
    (message,) = refused(content)
    assert "第一行是空的" in message
    assert "id、township、patches" in message


@pytest.mark.parametrize("separator", [";", "\t"])
def test_another_separator_shows_the_header_as_it_was_read(refused, separator):
    messages = refused((HEADER + GOOD).replace(",", separator))
    assert f"id{separator}township" in messages[0]


# --- rows and cells -------------------------------------------------------------------------


@pytest.mark.parametrize(("row", "width"), [("a,东镇,3\n", 3), (GOOD.strip("\n") + ",,\n", 10)])
def test_a_ragged_row_is_refused_not_padded(refused, row, width):
    (message,) = refused(HEADER + "z,,,,,,,\n" + row)
    assert "第 3 行" in message
    assert f"有 {width} 格，应为 8 格" in message


@pytest.mark.parametrize(
    "value", ["十", "1.5.2", "1 000", "1_000", "１２", "nan", "inf", "-inf", "1e400", "0x10", "1e"]
)
@pytest.mark.parametrize("column", ["patches", "area_ha"])
def test_what_is_no_plain_finite_number_is_refused(refused, column, value):
    cells = {"patches": "1", "area_ha": "1"} | {column: value}
    (message,) = refused(HEADER + f"a,,{cells['patches']},{cells['area_ha']},,,,\n")
    assert "第 2 行" in message
    assert f"列 {column} 的值「{value}」" in message
    assert ("应为整数" if column == "patches" else "应为数字") in message


@pytest.mark.parametrize(("column", "value"), [("patches", "1.5"), ("patches", "-1"),
                                               ("area_ha", "-0.1"), ("line", "0")])  # fmt: skip
def test_numbers_outside_their_limits_are_refused(refused, column, value):
    cells = {"patches": "1", "area_ha": "1", "line": "1"} | {column: value}
    row = f"a,,{cells['patches']},{cells['area_ha']},,,{cells['line']},\n"
    (message,) = refused(HEADER + row)
    assert f"列 {column} 的值「{value}」" in message


def test_a_thousands_comma_in_quotes_is_refused_not_cut(refused):
    (message,) = refused(HEADER + 'a,,"1,000",,,,,\n')
    assert "「1,000」" in message


@pytest.mark.parametrize("year", ["1899", "2101", "20215", "21", "2021.5", "2021年"])
@pytest.mark.parametrize("column", ["start_year", "end_year"])
def test_a_year_out_of_range_is_refused(refused, column, year):
    (message,) = refused(project(**{column: year}), TABLES["projects"])
    assert f"列 {column} 的值「{year}」" in message
    assert "不小于 1900，不大于 2100" in message


def test_a_year_in_range_is_read(table):
    read = table(project(start_year="1900", end_year="2100"), TABLES["projects"])
    assert read.loc[2, ["start_year", "end_year"]].tolist() == [1900, 2100]


@pytest.mark.parametrize(("column", "value"), [("east", "180.1"), ("west", "-181"),
                                               ("north", "114.5"), ("south", "-91")])  # fmt: skip
def test_a_place_off_the_globe_is_refused(refused, column, value):
    (message,) = refused(feature(**{column: value}), TABLES["features"])
    assert f"列 {column} 的值「{value}」" in message


def test_an_unknown_choice_is_refused_with_those_that_exist(refused):
    (message,) = refused(feature(kind="stream"), TABLES["features"])
    assert "「stream」" in message
    assert "其中之一：river、reservoir" in message


@pytest.mark.parametrize(
    "code", ["14022210", "1402221000", "14022210a", "１４０２２２１００", "140222 00"]
)
def test_a_code_that_is_not_nine_digits_is_refused(refused, code):
    text = "code,name,kind,county,county_code,area_km2,population,plan,line,note\n"
    (message,) = refused(f"{text}{code},东镇,镇,甲县,140222,,,,,\n", TABLES["townships"])
    assert f"「{code}」" in message
    assert "九位数字代码，不能为空" in message


def test_a_required_cell_must_not_be_empty(refused):
    (message,) = refused(project(name="  "), TABLES["projects"])
    assert "列 name 的值「  」" in message
    assert "不能为空" in message


def test_a_key_twice_names_both_rows(refused):
    (message,) = refused(HEADER + GOOD + "b,,,,,,,\n" + GOOD)
    assert "第 4 行的编号 a 与第 2 行重复" in message
    text = project()
    (message,) = refused(text + text.splitlines()[1] + "\n", TABLES["projects"])
    assert "第 3 行的编号 p-5 与第 2 行重复" in message


def test_every_fault_is_reported_at_once_and_the_rest_counted(refused):
    messages = refused(HEADER + "a,,x,y,,,z,\nb,,1\n")
    assert len(messages) == 4
    messages = refused(HEADER + "".join(f"r{n},,x,,,,,\n" for n in range(FAULTS_SHOWN + 5)))
    assert len(messages) == FAULTS_SHOWN + 1
    assert "另有 5 处" in messages[-1]


# --- bytes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_refused_with_what_to_do(refused, encoding):
    (message,) = refused((HEADER + "a,,,,caf\xe9,,,\n").encode(encoding))
    assert "另存为 UTF-8" in message


def test_nul_bytes_are_refused_with_their_line(refused):
    (message,) = refused(HEADER + GOOD + "b,,,,x\0y,,,\n")
    assert "第 3 行" in message
    assert "NUL" in message
    refused((HEADER + GOOD).encode("utf-16-le"))


def test_an_open_quote_does_not_swallow_the_rest_of_the_file(refused):
    (message,) = refused(HEADER + GOOD + 'b,,,,"没有关,,,\n' + "c,,,,,,,\n")
    assert "第 4 行" in message
    assert "引号" in message


def test_text_after_a_closing_quote_is_refused(refused):
    (message,) = refused(HEADER + 'a,,,,"一"二,,,\n')
    assert "第 2 行" in message


def test_a_huge_cell_is_refused(refused, table):
    (message,) = refused(HEADER + GOOD + f"b,,,,{'长' * (CELL_LIMIT + 1)},,,\n")
    assert "第 3 行" in message
    assert len(table(HEADER + f"b,,,,{'长' * 1000},,,\n").loc[2, "what"]) == 1000


def test_a_long_wrong_value_is_cut_in_the_message(refused):
    (message,) = refused(HEADER + f"a,,{'9x' * 500},,,,,\n")
    assert len(message) < 400


def test_a_folder_or_a_missing_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(TableError, match="读不出来") as caught:
            read_table(path, PATCHES)
        assert str(path) in str(caught.value)
