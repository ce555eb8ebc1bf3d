"""The reading view: every value stands where it was read, and text stays text."""

import re

from layers.plans.document import PROJECTS, Cell, Document, Paragraph, Record, Row, Span, Table
from maps.plan_page import marks, plan_page

NASTY = "<script>alert(1)</script>\"'&{{ 7 * 7 }}"


def document(*blocks, notes=()):
    return Document("made", "made.txt", "text", "0" * 64, blocks, notes)


def project(name, spans, **values):
    return Record(
        dict.fromkeys(PROJECTS) | {"name": name, "line": "2", **values},
        {"name": spans} if spans else {},
    )


def test_a_text_is_cut_where_values_begin_and_end():
    first, second = Span(1, 0, 1, 4), Span(1, 0, 3, 6)
    parts = marks("abcdefgh", [(first, "projects-1", "名称"), (second, "features-2", "名称")])
    assert [(part.text, part.records) for part in parts] == [
        ("a", ()),
        ("bc", ("projects-1",)),
        ("d", ("projects-1", "features-2")),
        ("ef", ("features-2",)),
        ("gh", ()),
    ]


def test_the_parts_are_the_text_wherever_the_spans_lie():
    for start in range(-1, 5):
        for end in range(start, 7):
            parts = marks("abcd", [(Span(1, 0, start, end), "projects-1", "名称")])
            assert "".join(part.text for part in parts) == "abcd"


def test_values_are_marked_in_their_cell_and_linked_to_their_line():
    row = Row((Cell("1"), Cell("西河治理工程")), 2)
    page = plan_page(
        document(Paragraph("标题", 1, heading=1), Table((row,))),
        {"projects": [project("西河治理", (Span(2, 1, 0, 4),), confidence="low")], "audit": []},
    )
    assert re.search(
        r'<td><mark class="projects" data-of="projects-1"[^>]*>西河治理</mark>工程', page
    )
    assert '<tr id="L2">' in page
    assert 'href="#L2">第2行</a>' in page
    assert "没把握" in page
    assert ">0</span>" in page  # no finding


def test_text_of_strangers_stays_text():
    row = Row((Cell(NASTY),), 2)
    page = plan_page(
        document(Paragraph(NASTY, 1), Table((row,)), notes=(NASTY,)),
        {"projects": [project(NASTY, (Span(2, 0, 0, 9),), note=NASTY)]},
    )
    assert "<script>alert" not in page
    assert page.count("{{ 7 * 7 }}") == 4
    assert "http-equiv" in page


def test_the_same_document_gives_the_same_page():
    made = document(Paragraph("甲", 1))
    assert plan_page(made, {"projects": []}) == plan_page(made, {"projects": []})


def test_a_pdf_shows_pages():
    page = plan_page(
        document(Paragraph("甲", 1, page=3)),
        {"projects": [project("甲", (Span(1, -1, 0, 1),), page="3", line="1")]},
    )
    assert 'data-place="第3页"' in page
    assert 'href="#L1">第3页</a>' in page
