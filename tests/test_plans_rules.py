"""Rules of places and zones in sentences as other plans write them."""

import pytest

from layers.plans.reading import read_plan
from tests.test_plans_audit import document, plan


def read(*body):
    return read_plan(document(plan(*body)))


@pytest.mark.parametrize(
    ("sentence", "effect", "place", "distance", "slope"),
    [
        ("坡度25度以上的区域禁止开垦种植农作物。", "prohibit", "坡度25度以上的区域", None, "25"),
        ("25度以上坡地禁止毁林开荒。", "prohibit", "坡地", None, "25"),
        ("坡度15度以上的坡耕地应当逐步退耕还林。", "require", "坡耕地", None, "15"),
        ("居民住宅楼等周边500米范围内不得新建养殖场。", "prohibit", "居民住宅楼", "500", None),
        ("水库正常水位线以外200米内限制垂钓。", "restrict", "水库正常水位线", "200", None),
        ("河道两侧50米范围内严禁建设永久性建筑物。", "prohibit", "河道", "50", None),
    ],
)  # fmt: skip
def test_a_rule_with_a_distance_or_slope(sentence, effect, place, distance, slope):
    (rule,) = (one.values for one in read(sentence).rules)
    assert (rule["effect"], rule["place"]) == (effect, place)
    assert (rule["distance_m"], rule["slope_deg"]) == (distance, slope)


def test_what_a_slope_prohibits_is_whole():
    (rule,) = read("坡度25度以上的区域禁止开垦种植农作物。").rules
    assert rule.values["activity"] == "开垦种植农作物"


def test_other_areas_are_not_the_place_before():
    rules = read("自然保护地核心保护区原则上禁止人为活动，其他区域严格禁止开发性活动。").rules
    assert [one.values["place"] for one in rules] == ["自然保护地核心保护区"]


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("农业生产区面积610平方公里，城镇发展区面积120平方公里。", {"农业生产区", "城镇发展区"}),
        ("农业发展区主要分布在东山镇。", {"农业发展区"}),
        ("按照农业发展区的要求推进。", set()),
        ("河流沿线分布湿地12处。", set()),
    ],
)
def test_a_zone_is_named_where_the_sentence_is_of_it(sentence, names):
    assert {one.values["name"] for one in read(sentence).features} == names
