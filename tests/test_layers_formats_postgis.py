# ruff: noqa: S608 - the tests write the SQL they want
"""Tables of a real PostGIS server: what is read, what is refused, and what is never shown."""

import json
import math
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.connection import connection, hide, is_connection
from layers.errors import LayerError, WorkspaceError
from layers.formats import read_source
from layers.health import health, repair
from layers.register import Layer, read_register
from layers.workspace import Workspace
from scripts.shanhe import main
from zoning.queries import QUERIES, ask
from zoning.record import run_record
from zoning.study import Study

SQUARE = "POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))"


class Database:
    """A database of a test's own."""

    def __init__(self, server, name, **options):
        self.server, self.name = server, name
        self.url = server.create(name, **options)

    def run(self, *statements):
        return self.server.run(self.name, *statements)

    def read(self, table="", **options):
        return read_source(self.url, table=table, **options)

    def refusal(self, table="", url="", **options):
        with pytest.raises(LayerError) as caught:
            read_source(url or self.url, table=table, **options)
        assert self.server.password not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def made(postgis_server):
    return Database(postgis_server, "规划库")


@pytest.fixture
def zones(made):
    """A database with one table of two squares of 4 m2, and a row without geometry."""
    made.run(
        'CREATE SCHEMA "生态"',
        'CREATE TABLE "生态"."红线" ("编号" int PRIMARY KEY, "名称" text, "图形" '
        "geometry(Polygon, 4526))",
        f"""INSERT INTO "生态"."红线" VALUES (2, '沁河源头', ST_GeomFromText('{SQUARE}', 4526)),
        (1, NULL, ST_Translate(ST_GeomFromText('{SQUARE}', 4526), 10, 0)), (3, '空', NULL)""",
    )
    return made


# --- what is read ---------------------------------------------------------------------------


def test_rows_come_in_the_order_of_the_key_and_one_without_geometry_is_rejected(zones):
    source = zones.read("生态.红线")
    assert source.read == 3
    assert source.frame["编号"].tolist() == [1, 2]
    assert source.frame["名称"].tolist() == [None, "沁河源头"]
    assert source.frame.geometry.area.tolist() == [4.0, 4.0]
    assert source.frame.total_bounds.tolist() == [0, 0, 12, 2]
    assert source.frame.crs == "EPSG:4526"
    (lost,) = source.rejects
    assert lost.feature == "3"
    assert "没有图形" in lost.reason
    assert source.notes == ()


def test_the_only_table_is_taken_with_a_note_and_of_two_one_must_be_named(zones):
    assert zones.read().notes == ("读取数据库中唯一带图形的表 生态.红线",)
    zones.run("CREATE TABLE plain (a int)")
    assert zones.read().read == 3
    zones.run('CREATE VIEW "红线" AS SELECT * FROM "生态"."红线"')
    for table in ("", "红线", "生态", "不存在"):
        said = zones.refusal(table)
        assert "public.红线、生态.红线" in said.replace("（", "")
        assert "source_layer" in said
    view = zones.read("public.红线")
    assert view.notes == ("表没有主键，要素按各行内容的次序编号",)
    assert sorted(view.frame["编号"]) == [1, 2]


@pytest.mark.parametrize("srid", [4490, 4526, 4547, 4326, 0])
def test_the_srid_of_the_rows_becomes_the_crs(made, srid):
    made.run(
        "CREATE TABLE t (geom geometry)",
        f"INSERT INTO t VALUES ('SRID={srid};POINT(112 35)'), (NULL), ('SRID={srid};POINT EMPTY')",
    )
    source = made.read("t")
    assert source.frame.crs == (srid or None)
    assert len(source.rejects) == 2
    assert shapely.get_srid(source.frame.geometry.values).tolist() == [0]


def test_several_srids_in_a_column_are_no_layer_and_an_unknown_one_is_no_crs(made):
    made.run(
        "CREATE TABLE t (geom geometry)",
        "INSERT INTO t VALUES ('SRID=4490;POINT(112 35)'), ('SRID=4490;POINT(112 36)'), "
        "('POINT(1 1)')",
    )
    assert "0（1 个要素）、4490（2 个要素）" in made.refusal("t")
    made.run(
        "DELETE FROM t",
        "INSERT INTO spatial_ref_sys VALUES (990001, NULL, NULL, NULL, NULL)",
        "INSERT INTO t VALUES ('SRID=990001;POINT(112 35)')",
    )
    source = made.read("t")
    assert source.frame.crs is None
    assert any("990001" in text for text in source.notes)
    wkt = gpd.GeoSeries(crs=4547).crs.to_wkt().replace("'", "''")
    made.run(f"UPDATE spatial_ref_sys SET srtext = '{wkt}' WHERE srid = 990001")
    assert made.read("t").frame.crs == 4547


def test_every_type_comes_exactly_and_none_is_lost(made):
    made.run(
        "CREATE TYPE colour AS ENUM ('红', '绿')",
        """CREATE TABLE t (id bigint PRIMARY KEY, yes boolean, small smallint, single real,
        share numeric(6, 3), code numeric(20), word varchar(9), fixed char(4), day date,
        "at" timestamptz, list int[], doc jsonb, raw bytea, shade colour, geometry text,
        geom geometry(Point, 4490))""",
        """INSERT INTO t VALUES (9007199254740993, true, -3, 0.5, 12.250, 7, '中''"文', 'a',
        '2024-02-29', '2024-01-01 08:00+08', '{1,2}', '{"a": [1]}', '\\x00ff', '绿', '字',
        'SRID=4490;POINT(112 35)')""",
    )
    row = made.read("t").frame.iloc[0]
    assert row.drop("geometry").to_dict() == {
        "id": 9007199254740993, "yes": True, "small": -3, "single": 0.5, "share": 12.25,
        "code": 7, "word": "中'\"文", "fixed": "a", "day": "2024-02-29",
        "at": "2024-01-01 00:00:00+00", "list": "{1,2}", "doc": '{"a": [1]}', "raw": "\\x00ff",
        "shade": "绿", "geometry_2": "字",
    }  # fmt: skip
    assert row["geometry"] == shapely.Point(112, 35)
    made.run("INSERT INTO t (id, geom) VALUES (2, 'SRID=4490;POINT(112 36)')")
    frame = made.read("t").frame
    assert frame["id"].tolist() == [2, 9007199254740993]
    assert frame.drop(columns=["id", "geometry"]).iloc[0].isna().all()
    for name in ("small", "single", "share", "code"):
        assert frame[name].dtype == float


def test_numbers_without_end_or_with_too_many_digits_do_not_stop_the_reading(made):
    made.run(
        "CREATE TABLE t (id int PRIMARY KEY, n numeric, d date, geom geometry)",
        "INSERT INTO t VALUES (1, 'NaN', 'infinity', 'POINT(1 1)'), (2, 1e300, '4000-01-01 BC', "
        "'POINT(2 2)'), (3, 12345678901234567890, NULL, 'POINT(3 3)')",
    )
    frame = made.read("t").frame
    assert math.isnan(frame["n"][0])
    assert frame["n"].tolist()[1:] == [1e300, 12345678901234567890.0]
    assert frame["d"].tolist() == ["infinity", "4000-01-01 BC", None]


def test_arcs_are_lines_in_the_steps_of_gdal_and_heights_stay(made, tmp_path):
    ring = "CURVEPOLYGON(CIRCULARSTRING(0 0, 100 100, 200 0, 100 -100, 0 0))"
    made.run(
        "CREATE TABLE t (id int PRIMARY KEY, geom geometry)",
        f"""INSERT INTO t VALUES (1, NULL), (2, '{ring}'),
        (3, 'CURVEPOLYGON(COMPOUNDCURVE((0 0, 2 0, 2 2, 0 2, 0 0)))'),
        (4, 'POINT Z (1 2 3)'), (5, 'POINT M (1 2 3)'), (6, 'POINT ZM (1 2 3 4)')""",
    )
    source = made.read("t")
    circle, square, *points = source.frame.geometry
    sides = 90
    assert circle.area == pytest.approx(sides / 2 * 100**2 * math.sin(2 * math.pi / sides))
    (tmp_path / "ring.csv").write_text(f'WKT\n"{ring}"\n', encoding="utf-8")
    by_gdal = pyogrio.read_dataframe(tmp_path / "ring.csv").geometry[0]
    assert circle.symmetric_difference(by_gdal).area < 1e-6
    assert square.area == 4
    assert [point.wkt for point in points] == ["POINT Z (1 2 3)", "POINT (1 2)", "POINT Z (1 2 3)"]
    assert source.curved == {0}
    assert any("1 个要素含有圆弧" in text for text in source.notes)


def test_a_geography_is_read_and_of_two_columns_one_must_be_named(made):
    made.run(
        "CREATE TABLE t (id int PRIMARY KEY, here geography(Point, 4326), "
        "there geometry(Point, 4490))",
        "INSERT INTO t VALUES (1, 'POINT(112 35)', 'SRID=4490;POINT(113 36)')",
    )
    for table in ("", "t", "public.t"):
        assert "public.t(here)、public.t(there)" in made.refusal(table)
    here, there = made.read("t(here)"), made.read("public.t(there)")
    assert (here.frame.crs, here.frame.geometry[0]) == (4326, shapely.Point(112, 35))
    assert (there.frame.crs, there.frame.geometry[0]) == (4490, shapely.Point(113, 36))
    assert there.notes == ("表中另有图形列没有读取：here",)
    assert list(there.frame) == ["id", "geometry"]


def test_names_that_are_sql_are_names_and_nothing_else(made):
    table, column, shape = 'x"; DROP TABLE keep; --', 'c\'; %s {} "q"', 'o.g")'
    quoted = ['"' + name.replace('"', '""') + '"' for name in (table, column, shape)]
    made.run(
        "CREATE TABLE keep (geom geometry)",
        "INSERT INTO keep VALUES ('POINT(1 2)')",
        "CREATE TABLE {} ({} text, {} geometry, o int PRIMARY KEY)".format(*quoted),
        f"INSERT INTO {quoted[0]} VALUES ('甲', 'POINT(1 2)', 1)",
    )
    for spelling in (table, f"public.{table}", f"{table}({shape})"):
        source = made.read(spelling)
        assert source.frame[column].tolist() == ["甲"]
    assert made.read("keep").read == 1
    assert "不能确定" in made.refusal("keep; DROP TABLE keep")
    assert made.read("keep").read == 1


def test_a_database_in_another_encoding_is_read_and_one_without_is_asked_about(postgis_server):
    create = ('CREATE TABLE "t" (id int PRIMARY KEY, name text, geom geometry)',)
    options = {"template": "template0", "options": "ENCODING 'EUC_CN' LC_COLLATE 'C' LC_CTYPE 'C'"}
    euc = Database(postgis_server, "euc", **options)
    euc.run("CREATE EXTENSION postgis", *create, "INSERT INTO t VALUES (1, '沁河', 'POINT(1 2)')")
    assert euc.read("t").frame["name"].tolist() == ["沁河"]
    options["options"] = options["options"].replace("EUC_CN", "SQL_ASCII")
    none = Database(postgis_server, "ascii", **options)
    none.run("CREATE EXTENSION postgis", *create,
             "INSERT INTO t VALUES (1, convert_from('\\xC7DFBAD3', 'SQL_ASCII'), 'POINT(1 2)')",
             )  # fmt: skip
    assert "SQL_ASCII" in none.refusal("t")
    assert none.read("t", encoding="gb18030").frame["name"].tolist() == ["沁河"]


def test_an_empty_table_has_nothing_and_its_layer_is_refused(made):
    made.run("CREATE TABLE t (id int, geom geometry(Point, 4490))")
    source = made.read("t")
    assert (source.read, len(source.frame), source.rejects) == (0, 0, ())
    assert list(source.frame) == ["id", "geometry"]
    layer = Layer("red_line", "red_line", "红线", path=made.url, source_layer="t", basis="surveyed")
    shili = Workspace.embedded("shili")
    shili.layers = (*(one for one in shili.layers if one.id != "red_line"), layer)
    with pytest.raises(LayerError, match="没有任何要素"):
        shili.frame("red_line")


FINITE = st.floats(-1e7, 1e7, allow_nan=False)
WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
REALS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
WHOLES = st.none() | st.integers(-(2**63), 2**63 - 1)
LINES = st.lists(st.tuples(FINITE, FINITE), min_size=2, max_size=5)


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(rows=st.lists(st.tuples(WORDS, REALS, WHOLES, LINES), min_size=1, max_size=5))
def test_what_is_stored_is_what_is_read_to_the_last_bit(made, rows):
    import psycopg  # noqa: PLC0415

    fields = "id serial PRIMARY KEY, word text, x float8, n bigint, g geometry"
    made.run("DROP TABLE IF EXISTS t", f"CREATE TABLE t ({fields})")
    lines = [shapely.LineString(points) for *_, points in rows]
    with psycopg.connect(made.url) as writer:
        for (word, x, n, _), line in zip(rows, lines, strict=True):
            writer.execute("INSERT INTO t (word, x, n, g) VALUES (%s, %s, %s, %s::geometry)",
                           [word, x, n, shapely.to_wkb(line, hex=True)])  # fmt: skip
    frame = made.read("t").frame
    words, reals, wholes, _ = zip(*rows, strict=True)
    if None in wholes:
        # a column of whole numbers with an empty cell is one of real numbers, as GDAL has it
        wholes = [value if value is None else float(value) for value in wholes]
    assert frame["word"].tolist() == list(words)
    for name, values in (("x", reals), ("n", wholes)):
        found = [None if pd.isna(value) else value for value in frame[name]]
        assert found == list(values)
    assert all(shapely.equals_identical(frame.geometry.values, lines))
    assert made.read("t").sha256 == made.read("t").sha256


def test_all_batches_are_read(made):
    made.run(
        "CREATE TABLE t (id int PRIMARY KEY, geom geometry)",
        "INSERT INTO t SELECT i, ST_MakePoint(i, -i) FROM generate_series(2501, 1, -1) AS i",
    )
    frame = made.read("t").frame
    assert frame["id"].tolist() == frame.geometry.x.tolist() == list(range(1, 2502))


# --- one state, and which one it was --------------------------------------------------------


def test_what_changes_while_it_is_read_is_read_as_it_was(zones, monkeypatch):
    from layers.formats import postgis  # noqa: PLC0415

    check = postgis._check_sizes

    def slow(session, table):
        check(session, table)
        zones.run('DELETE FROM "生态"."红线"')

    before = zones.read("生态.红线").sha256
    monkeypatch.setattr(postgis, "_check_sizes", slow)
    source = zones.read("生态.红线")
    assert (source.read, source.sha256) == (3, before)
    assert zones.read("生态.红线").read == 0


def test_the_sha256_is_that_of_the_rows_whatever_their_place_in_the_table(made):
    fill = "INSERT INTO {} SELECT i, i || '号', ST_MakePoint(i, i) FROM generate_series({}) AS i"
    made.run(
        "CREATE TABLE a (id int, name text, geom geometry)", fill.format("a", "1, 12"),
        "CREATE TABLE b (id int, name text, geom geometry)", fill.format("b", "12, 1, -1"),
    )  # fmt: skip
    first = made.read("a")
    assert len(first.sha256) == 64
    assert made.read("b").sha256 == first.sha256
    pd.testing.assert_frame_equal(made.read("b").frame, first.frame)
    made.run("ALTER TABLE b ADD PRIMARY KEY (name)")
    assert made.read("b").frame["id"].tolist() != sorted(made.read("b").frame["id"])
    assert made.read("b").sha256 == first.sha256
    made.run("ALTER TABLE b DROP CONSTRAINT b_pkey", "ALTER TABLE b ALTER name DROP NOT NULL")
    seen = {first.sha256}
    for change in ("SET name = name || ' ' WHERE id = 5", "SET geom = ST_SetSRID(geom, 4490)",
                   "SET geom = NULL WHERE id = 5", "SET name = NULL WHERE id = 5"):  # fmt: skip
        made.run(f"UPDATE b {change}")
        seen.add(made.read("b").sha256)
    made.run("ALTER TABLE b RENAME name TO title")
    seen.add(made.read("b").sha256)
    made.run("INSERT INTO b SELECT * FROM b")
    seen.add(made.read("b").sha256)
    assert len(seen) == 7


def test_the_transaction_can_change_nothing(made):
    made.run(
        "CREATE TABLE t (geom geometry)",
        "INSERT INTO t VALUES ('POINT(1 2)')",
        "CREATE FUNCTION evil() RETURNS int LANGUAGE sql AS 'DELETE FROM t RETURNING 1'",
        "CREATE VIEW v AS SELECT geom, evil() AS gone FROM t",
    )
    assert "read-only" in made.refusal("v")
    assert made.read("t").read == 1


# --- what is refused ------------------------------------------------------------------------


def test_a_server_a_password_or_a_database_that_is_not_there(zones, monkeypatch):
    server = zones.server
    nowhere = zones.url.replace(f":{server.port}/", ":1/")
    said = zones.refusal(url=nowhere)
    assert "连不上 PostGIS" in said
    assert "postgres@127.0.0.1:1/" in said
    said = zones.refusal(url=server.url(zones.name, password=WORD))
    assert "不接受用户或密码" in said
    assert WORD not in said
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    assert "没有给密码" in zones.refusal(url=server.url(zones.name, password=""))
    assert "请核实库名" in zones.refusal(url=server.url("没有这个库"))


def test_pgpassword_a_password_file_and_a_service_work_as_libpq_has_them(
    zones, monkeypatch, tmp_path
):
    server, bare = zones.server, zones.server.url(zones.name, password="")
    with monkeypatch.context() as patch:
        patch.setenv("PGPASSWORD", server.password)
        assert read_source(bare, table="生态.红线").read == 3
    passwords = tmp_path / "pgpass"
    line = f"127.0.0.1:{server.port}:*:postgres:{server.password}\n"
    passwords.write_text(line, encoding="utf-8")
    passwords.chmod(0o600)
    with monkeypatch.context() as patch:
        patch.setenv("PGPASSFILE", str(passwords))
        assert read_source(bare, table="生态.红线").read == 3
    services = tmp_path / "services.conf"
    services.write_text(
        f"[plans]\nhost=127.0.0.1\nport={server.port}\nuser=postgres\ndbname={zones.name}\n"
        f"password={server.password}\n", encoding="utf-8",
    )  # fmt: skip
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    assert read_source("PG:service=plans", table="生态.红线").read == 3
    gdal = (f"PG:host='127.0.0.1' port='{server.port}' dbname='{zones.name}' user='postgres' "
            f"password='{server.password}'")  # fmt: skip
    assert read_source(gdal, table="生态.红线").read == 3


def test_no_postgis_no_geometry_no_permission(postgis_server, zones):
    bare = Database(postgis_server, "bare", template="template0")
    assert "CREATE EXTENSION postgis" in bare.refusal()
    empty = Database(postgis_server, "empty")
    assert "没有一张表有图形列" in empty.refusal()
    assert "没有一张表有图形列" in empty.refusal("t")
    postgis_server.run("postgres", "DROP ROLE IF EXISTS guest",
                       "CREATE ROLE guest LOGIN PASSWORD 'guest-word'")  # fmt: skip
    guest = postgis_server.url(zones.name, "guest", "guest-word")
    assert "没有权限" in zones.refusal("生态.红线", url=guest)
    zones.run('GRANT USAGE ON SCHEMA "生态" TO guest',
              'GRANT SELECT ("编号") ON "生态"."红线" TO guest')  # fmt: skip
    assert "没有权限" in zones.refusal("生态.红线", url=guest)
    zones.run('GRANT SELECT ON "生态"."红线" TO guest')
    assert read_source(guest, table="生态.红线").read == 3
    zones.run('ALTER TABLE "生态"."红线" ENABLE ROW LEVEL SECURITY',
              'CREATE POLICY few ON "生态"."红线" USING ("编号" < 2)')  # fmt: skip
    said = zones.refusal("生态.红线", url=guest)
    assert "按行限制" in said
    assert "guest-word" not in said
    zones.run("DROP OWNED BY guest", "DROP ROLE guest")


def test_a_value_of_hundreds_of_megabytes_is_refused_before_it_is_sent(made, monkeypatch):
    from layers.formats import postgis  # noqa: PLC0415

    monkeypatch.setattr(postgis, "MAX_ATTRIBUTE_BYTES", 1 << 20)
    made.run(
        "CREATE TABLE t (id int PRIMARY KEY, note text, extra jsonb, geom geometry)",
        "INSERT INTO t VALUES (1, repeat('x', 1 << 20), '{}', 'POINT(1 2)')",
    )
    assert made.read("t").read == 1
    made.run("UPDATE t SET note = repeat('x', 3 << 20)")
    assert "字段 note 有一个值长达 3 MB，上限为 1 MB" in made.refusal("t")
    made.run("UPDATE t SET note = '', extra = to_jsonb(repeat('x', 3 << 20))")
    assert "字段 extra" in made.refusal("t")
    made.run("UPDATE t SET extra = NULL, "
             "geom = ST_Segmentize('LINESTRING(0 0, 1 0)'::geometry, 1e-5)")  # fmt: skip
    assert "字段 geom" in made.refusal("t")


def test_a_connection_that_is_lost_and_an_answer_that_does_not_come(made, monkeypatch):
    from layers.formats import postgis_session  # noqa: PLC0415

    made.run(
        "CREATE TABLE t (id int, geom geometry)",
        "INSERT INTO t SELECT i, 'POINT(1 2)' FROM generate_series(1, 3) AS i",
        "CREATE VIEW cut AS SELECT id, geom, CASE WHEN id = 2 THEN "
        "pg_terminate_backend(pg_backend_pid()) END AS gone FROM t",
        "CREATE VIEW slow AS SELECT geom, pg_sleep(60)::text AS late FROM t",
    )
    assert "连接中断了" in made.refusal("cut")
    monkeypatch.setattr(postgis_session, "STATEMENT_S", 1)
    assert "规定时间内没有答复" in made.refusal("slow")


def test_without_the_driver_one_sentence_says_how_to_install_it(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("layers.formats.postgis", "layers.formats.postgis_session"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LayerError, match=r'pip install "psycopg\[binary\]"') as caught:
        read_source("postgresql://u:secret-word@127.0.0.1:1/db")
    assert "secret-word" not in str(caught.value)
    assert connection("postgresql://u:secret-word@h/db") == "postgresql://…"


# --- what is never shown --------------------------------------------------------------------

WORD = "s3cret-w0rd"

STRINGS = {
    f"postgresql://u:{WORD}@h:5432/db": "postgresql://u@h:5432/db",
    f"postgres://u:{WORD}@h/db?sslmode=disable": "postgresql://u@h/db",
    f"postgresql://u@h/db?password={WORD}": "postgresql://u@h/db",
    f"  postgresql://u:{WORD}%40x@[::1]:5432/db": "postgresql://u@[::1]:5432/db",
    f"PG:host=h dbname='生态 库' user=u password={WORD}": "postgresql://u@h/生态 库",
    f"pg:\"host='h' dbname='db' password='{WORD} {WORD}'\"": "postgresql://h/db",
    f"postgresql://h1:1,h2:2/db?password={WORD}": "postgresql://h1,h2:1,2/db",
    "postgresql://%2Fvar%2Frun/db": "postgresql:///var/run/db",
    "PG:service=plans": "postgresql://?service=plans",
    # what libpq itself takes for a host, a port or a database is the rest of the password
    f"postgresql://u:p@{WORD}@h/db": "postgresql://…",
    f"postgresql://u:p/{WORD}@h/db": "postgresql://…",
    f"postgresql://u:12/{WORD}@h/db": "postgresql://…",
    f"postgresql://u:{WORD}/db": "postgresql://…",
    f"postgresql://u:p%{WORD}@h/db": "postgresql://…",
    f"postgresql://u:12\0{WORD}@h/db": "postgresql://…",
    f"POSTGRES://u:{WORD}@h/db": "postgresql://…",
    f"PG:host=h password=a {WORD} dbname=x": "postgresql://…",
    f"PG:dbname=postgresql://u:{WORD}@h/db": "postgresql://…",
    f"PG:host=h tables=t password={WORD}": "postgresql://…",
    # no strings of ours, but they may hold a password all the same
    f"postgresql:/u:{WORD}@h/db": "postgresql://…",
    f"host=h dbname=db password={WORD}": "postgresql://…",
    f"postgresql+psycopg://u:{WORD}@h/db": "postgresql://…",
    f"jdbc:postgresql://h/db?password={WORD}": "postgresql://…",
    f"https://u:{WORD}@h/a.gpkg": "postgresql://…",
}


@pytest.mark.parametrize("text", STRINGS)
def test_of_a_string_only_what_is_no_secret_is_shown(text):
    pytest.importorskip("psycopg")
    layer = Layer("a", "red_line", "红线", path=text, basis="surveyed", source_layer="表")
    assert layer.path == STRINGS[text]
    assert WORD not in f"{layer!r} {layer.path} {layer.path!r} {layer.place(Path())!r}"
    assert json.loads(json.dumps(layer.path)) == STRINGS[text]
    assert layer.place(Path("x")) == f"{STRINGS[text]}（表）"
    assert layer.place(Path("x")).secret == layer.path.secret
    if STRINGS[text] == "postgresql://…":
        for given_as in (text, layer.path):
            with pytest.raises(LayerError, match="不是能用的 PostGIS 连接串") as caught:
                read_source(given_as)
            assert WORD not in str(caught.value)


@pytest.mark.parametrize("path", ["layers/a.gpkg", "D:/图层/a.gpkg", "C:\\a.shp", "/a/b.gdb", ""])
def test_a_path_of_a_file_stays_one(path):
    assert not is_connection(path)
    assert hide({"path": [path]}) == {"path": [path]}
    assert Layer("a", "red_line", "红线", path=path).place(Path("x")) == Path("x") / path


@given(word=st.text(min_size=1), form=st.sampled_from(["postgresql://u:{}@h/db", "{}"]))
def test_nothing_of_a_string_stops_the_program(word, form):
    shown = connection(form.format(word))
    assert shown.startswith("postgresql://")
    assert shown.isprintable()


@given(word=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="@/")))
def test_a_password_in_its_place_is_never_shown(word):
    known = connection(f"postgresql://u:{word}@h/db")
    assert known in {"postgresql://u@h/db", "postgresql://…"}
    quoted = connection(f"postgresql://u:{quote(word + '@/', safe='')}@h/db")
    assert quoted == "postgresql://u@h/db" or "\0" in word


def test_what_the_driver_says_is_scrubbed():
    known = connection(f"postgresql://u:{WORD}@h/db")
    assert known.scrubbed(f'no "{WORD}" here') == 'no "***" here'


def test_the_register_shows_no_password_in_a_fault(tmp_path):
    path = tmp_path / "register.toml"
    url = f"postgresql://u:{WORD}@h/db"
    for text in (
        f'[layer]\nid = "a"\npath = "{url}"\n',
        f'[[layer]]\nid = "a"\nkind = "red_line"\npath = ["{url}"]\n',
        f'[[layer]]\nid = "a"\nkind = "{url}"\npath = "{url}"\ntitle = "a"\nbasis = "{url}"\n',
        f'[[layer]]\nid = "a"\nkind = "red_line"\npath = "{url}\n',
        f'layer = ["{url}"]\n',
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(WorkspaceError) as caught:
            read_register(path)
        assert WORD not in str(caught.value)


# --- a workspace ----------------------------------------------------------------------------


def workspace(folder, path, sha256="", **more):
    """A copy of the made county whose farmland lies elsewhere."""
    shutil.copytree(Workspace.embedded("shili").folder, folder)
    register = folder / "register.toml"
    head, farmland = register.read_text(encoding="utf-8").split('id = "farmland"\n')
    entry, rest = farmland.split("[[layer]]", 1)
    kept = [line for line in entry.splitlines() if not line.startswith(("path", "sha256", "crs"))]
    stated = {"path": path, "sha256": sha256, **more}
    kept += [f"{key} = {json.dumps(value)}" for key, value in stated.items()]
    text = head + 'id = "farmland"\n' + "\n".join(kept) + "\n\n[[layer]]" + rest
    register.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def farmland(made):
    """The made county's farmland in a table, and the same features in a frame."""
    frame = gpd.read_file(Workspace.embedded("shili").folder / "layers" / "farmland.geojson")
    made.run(
        'CREATE TABLE "基本农田" (fid serial PRIMARY KEY, zone_id text, name text, class text, '
        "level text, geom geometry(Geometry, 4547))"
    )
    for row in frame.itertuples():
        made.run(
            f"""INSERT INTO "基本农田" (zone_id, name, class, geom) VALUES ('{row.zone_id}',
            '{row.name}', '{getattr(row, "class", None) or row[3]}',
            ST_GeomFromText('{row.geometry.wkt}', 4547))"""
        )
    return made, frame


def test_a_table_gives_the_answers_of_the_same_features_in_a_geopackage(farmland, tmp_path):
    made, frame = farmland
    frame.to_file(tmp_path / "farmland.gpkg", engine="pyogrio")
    from_file = Workspace(workspace(tmp_path / "a", str(tmp_path / "farmland.gpkg")))
    from_table = Workspace(workspace(tmp_path / "b", made.url, source_layer="public.基本农田"))
    for query in ("projects-in-farmland", "mine-patches-in-zones"):
        expected, found = (ask(Study(one), QUERIES[query]) for one in (from_file, from_table))
        pd.testing.assert_frame_equal(found.rows, expected.rows)
        assert found.sentence == expected.sentence
    hit = ask(Study(from_table), QUERIES["projects-in-farmland"]).rows
    assert (hit["state"] == "hit").any()
    record = run_record(from_table)
    (listed,) = [one for one in record["layers"] if one["id"] == "farmland"]
    assert listed["sha256"] == from_table.reading("farmland").sha256 != ""


def test_a_table_that_differs_from_its_registered_sha256_is_noticed(farmland, tmp_path):
    made, _ = farmland
    first = Workspace(workspace(tmp_path / "a", made.url)).reading("farmland")
    folder = workspace(tmp_path / "b", made.url, first.sha256)
    assert Workspace(folder).reading("farmland").doubts == ()
    assert health(Workspace(folder), Workspace(folder).layer("farmland")).problems == ()
    made.run("""UPDATE "基本农田" SET name = '改了' WHERE fid = 1""")
    changed = Workspace(folder)
    assert any("校验值" in text for text in changed.reading("farmland").doubts)
    answer = ask(Study(changed), QUERIES["projects-in-farmland"])
    assert any("校验值" in text for text in answer.notes)
    assert "certain" not in set(answer.rows["certainty"])
    found = health(changed, changed.layer("farmland"))
    assert any("校验值" in text for text in found.problems)
    assert found.sha256 == changed.reading("farmland").sha256


def test_a_fault_in_a_table_names_the_table_and_a_repaired_copy_mends_it(farmland, tmp_path):
    made, _ = farmland
    made.run("""UPDATE "基本农田" SET geom = ST_GeomFromText('POLYGON((500000 4001000,
        500200 4001200, 500200 4001000, 500000 4001200, 500000 4001000))', 4547) WHERE fid = 1""")
    folder = workspace(tmp_path / "a", made.url, source_layer="基本农田")
    with pytest.raises(LayerError, match="layers repair farmland") as caught:
        Workspace(folder).frame("farmland")
    assert f"{made.name}（基本农田）" in str(caught.value)
    repair(Workspace(folder), "farmland", tmp_path / "farmland.gpkg")
    copy = gpd.read_file(tmp_path / "farmland.gpkg")
    assert copy.geometry.is_valid.all()
    assert copy.geometry.area[0] == pytest.approx(20000)


def test_the_password_is_in_nothing_that_the_command_prints_or_writes(
    farmland, tmp_path, monkeypatch, capsys
):
    made, _ = farmland
    server, word = made.server, "p@ss/w0rd:%é"
    server.run("postgres", "DROP ROLE IF EXISTS reader",
               f"CREATE ROLE reader LOGIN PASSWORD '{word}'")  # fmt: skip
    made.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    url = server.url(made.name, "reader", word)
    good = workspace(tmp_path / "good", url)
    bad = workspace(tmp_path / "bad", url.replace(f":{server.port}/", ":1/"))
    out = tmp_path / "out"
    out.mkdir()
    said = []
    for folder in (good, bad):
        for arguments in (
            ("layers", "check", folder, "--json"),
            ("layers", "list", "--workspace", folder, "--json"),
            ("layers", "repair", "farmland", "--workspace", folder, "--out", out / "r.gpkg"),
            ("query", "run", "projects-in-farmland", "--workspace", folder,
             "--out", out / f"{folder.name}.json"),
            ("map", "build", "--workspace", folder, "--out", out / folder.name),
        ):  # fmt: skip
            monkeypatch.setattr(sys, "argv", ["shanhe", *map(str, arguments)])
            with pytest.raises(SystemExit) as done:
                main()
            assert folder is bad or done.value.code in {0, 1}
            said.append("".join(capsys.readouterr()).encode())
    written = [path for path in out.rglob("*") if path.is_file()]
    assert {"good.json", "good.json.record.json", "index.html"} <= {path.name for path in written}
    quoted = url.split("reader:")[1].split("@")[0]
    everything = said + [path.read_bytes() for path in written]
    assert any(f"reader@127.0.0.1:{server.port}/".encode() in text for text in said)
    for secret in (word, quoted, "w0rd"):
        for form in (secret, json.dumps(secret)[1:-1]):
            assert not any(form.encode() in text for text in everything)
