"""The layers that hold named features: one declaration for each kind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of feature becomes a layer.

    ``locus`` kinds are drawn as the townships in which they lie (``shape = "locus"``).
    """

    id: str
    title: str
    file: str
    note: str
    locus: bool = False


KINDS = (
    Kind(
        "reservoir",
        "水库（示意）",
        "reservoirs",
        "规划只载名称和库容，画为点；点在所载的村、河段或乡镇内。",
    ),
    Kind("spring", "泉（示意）", "springs", "有面积的画为该面积的图形，其余为点。"),
    Kind(
        "spring_basin",
        "泉域（所在乡镇）",
        "spring_basins",
        "规划只载所在乡镇，画的是这些乡镇的范围，不是泉域边界。",
        locus=True,
    ),
    Kind(
        "water_source",
        "饮用水水源地（示意）",
        "water_sources",
        "规划未载保护区范围和级别，均按名义半径 500 米在所载乡镇内画圆，不是法定保护区。",
    ),
    Kind(
        "protected_area",
        "自然保护区（示意）",
        "protected_areas",
        "外接范围和面积与规划所载一致，边界形状为示意；功能分区无位置资料，未画。",
    ),
    Kind(
        "park",
        "自然公园和公园（示意）",
        "parks",
        "载有四至的按四至和面积绘制，只载面积的在所载乡镇内画同面积图形，其余为点。",
    ),
    Kind("scenic_area", "风景名胜（示意）", "scenic_areas", "点或所载面积的图形。"),
    Kind("wetland", "湿地（示意）", "wetlands", "点或所载面积的图形，在所载河段或村。"),
    Kind("mining_area", "矿区（示意）", "mining_areas", "规划未载矿界，画为点。"),
    Kind("industrial_park", "产业园区（示意）", "industrial_parks", "点，画在驻地附近。"),
    Kind(
        "monitoring_section",
        "监测断面和点位（示意）",
        "monitoring_sections",
        "点；水质断面画在所载河流上离所载的村最近处。",
    ),
    Kind("facility", "设施（示意）", "facilities", "点或占地面积的图形，画在驻地附近。"),
    Kind(
        "function_zone",
        "生态功能区（所在乡镇）",
        "function_zones",
        "规划只载所在乡镇，画的是这些乡镇的范围，不是功能区边界。",
        locus=True,
    ),
)
"""Rivers, red lines and mine patches have rules of their own: river_layer, feature_layers."""
