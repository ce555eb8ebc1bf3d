"""``shanhe verify`` and ``shanhe diff``: exactly the sites that a change touches are named."""

import json

import pytest

from tests.command import shanhe
from tests.review_county import Made, Zone, at, county, write_sites, write_zones

DAY = "2026-08-15"
LINE = Zone("line", at(1000, 1000, 2000, 2000), name="西片")
ADDED = Zone("added", at(4050, 4000, 4200, 4100), name="新片")
SITES = {
    "in": at(1200, 1200, 1300, 1300),
    "half": at(4000, 4000, 4100, 4100),
    "beside": at(4200, 4000, 4300, 4100),
    "far": at(8000, 6000, 8100, 6100),
}


@pytest.fixture
def place(tmp_path):
    county(tmp_path / "county", {"red_line": Made("red_line", (LINE,))})
    write_sites(tmp_path / "sites.gpkg", SITES, 名称=["光伏电站"] * len(SITES))
    return tmp_path


def review(place, out, *more):
    code, _, err = shanhe(
        "review", place / "sites.gpkg", "--workspace", place / "county", "--date", DAY,
        "--out", place / out, "--forms", "xlsx", *more,
    )  # fmt: skip
    assert (code, err) == (1, "")
    return place / out


def changes(one, other):
    code, out, err = shanhe("diff", one, other, "--json")
    assert err == ""
    found = json.loads(out)
    assert code == int(bool(found))
    return found


def test_nothing_changes_from_a_run_to_itself(place):
    one, other = review(place, "one"), review(place, "other")
    assert changes(one, other) == []
    code, out, _ = shanhe("verify", one)
    assert (code, out.strip()) == (0, "一致：文件、输入和结果都与记录相同。")


def test_one_more_polygon_touches_exactly_its_sites(place):
    one = review(place, "one")
    write_zones(place / "county" / "red_line.gpkg", (LINE, ADDED))
    found = changes(one, review(place, "other"))
    assert {change["site"] for change in found} == {"half", "beside"}
    zones = {change["site"]: change for change in found if change["zone_id"]}
    assert {site: change["what"] for site, change in zones.items()} == dict.fromkeys(
        ("half", "beside"), "new"
    )
    # 50 m by 100 m; on the central meridian's plane a metre is a metre within 1e-7
    assert zones["half"]["area_m2"] == pytest.approx(5000, abs=5)
    assert zones["half"]["after"][0] == "overlaps"
    assert zones["beside"]["after"][0] == "touches"
    assert zones["beside"]["area_m2"] == pytest.approx(0, abs=0.01)


def test_changes_are_told_in_words(place):
    one = review(place, "one")
    write_zones(place / "county" / "red_line.gpkg", (LINE, ADDED))
    _, out, _ = shanhe("diff", one, review(place, "other"))
    lines = [line for line in out.splitlines() if "half" in line]
    assert "「新片」（red_line）新增，— → 部分重叠，" in lines[0]
    assert "变化，不能排除、可能 → 可能涉及、可能、" in lines[1]
    assert "red-development 禁止 自然资发〔2022〕142号" in lines[1]
    assert lines[1].endswith("面积 +5,000.00 平方米")


def test_another_day_changes_the_articles_of_the_sites_that_rules_speak_of(place):
    """Between 2026-03-14 and 15 the red line's rules stay and those of reserves are others."""
    reserve = Made("protected_area", (Zone("n", LINE.shape, "核心区", zone_class="自然保护区"),))
    county(place / "reserves", {"reserve": reserve})
    runs = []
    for day in ("2026-03-14", "2026-03-15"):
        asked = ("--workspace", place / "reserves", "--date", day, "--out", place / day)
        assert shanhe("review", place / "sites.gpkg", *asked, "--forms", "")[0] == 1
        runs.append(place / day)
    assert {change["site"] for change in changes(*runs)} == {"in"}
    _, out, _ = shanhe("diff", *runs)
    assert "2017年修订" in out.split("→")[0]
    assert "2026年修订" in out.split("→")[1]


def test_the_other_way_round_it_is_gone(place):
    one = review(place, "one")
    write_zones(place / "county" / "red_line.gpkg", (LINE, ADDED))
    other = review(place, "other")
    there, back = changes(one, other), changes(other, one)
    assert [change["area_m2"] for change in back] == [-change["area_m2"] for change in there]
    assert {one["what"]: two["what"] for one, two in zip(there, back, strict=True)} == {
        "new": "gone",
        "changed": "changed",
    }


def test_a_zone_that_grew_and_a_site_that_came(place):
    one = review(place, "one")
    wider = Zone("line", at(1000, 1000, 4010, 4100), name="西片")
    write_zones(place / "county" / "red_line.gpkg", (wider,))
    write_sites(
        place / "sites.gpkg", {**SITES, "new": at(5000, 5000, 5010, 5010)},
        名称=["光伏电站"] * (len(SITES) + 1),
    )  # fmt: skip
    found = changes(one, review(place, "other"))
    assert {(change["site"], change["kind"]) for change in found} == {
        ("half", "red_line"), ("new", ""),
    }  # fmt: skip


def test_verify_names_what_changed(place):
    one = review(place, "one")
    write_zones(place / "county" / "red_line.gpkg", (LINE, ADDED))
    (one / "review.xlsx").write_bytes(b"other")
    code, out, _ = shanhe("verify", one, "--json")
    found = json.loads(out)
    assert code == 1
    assert {(item["what"], item["thing"]) for item in found if item["what"] == "output"} == {
        ("output", "review.xlsx")
    }
    assert any(item["what"] == "input" and "sha256" in item["thing"] for item in found)
    assert {item["thing"] for item in found if item["what"] == "result"} == {"half", "beside"}


def test_verify_says_what_is_gone(place):
    one = review(place, "one")
    (place / "sites.gpkg").unlink()
    code, out, _ = shanhe("verify", one)
    assert code == 1
    assert "sites.gpkg" in out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"asked": {}, "outputs": {}}', "{"])
def test_a_folder_that_is_no_run(place, text):
    code, _, err = shanhe("verify", place)
    assert code == 2
    assert "不是 shanhe review 写出的文件夹" in err
    one = review(place, "one")
    (one / "record.json").write_text(text, encoding="utf-8")
    code, _, err = shanhe("verify", one)
    assert code == 2
    assert "record.json" in err
    (one / "review.json").write_text(text, encoding="utf-8")
    code, _, err = shanhe("diff", one, one)
    assert code == 2
    assert "Traceback" not in err
