"""What a stranger may try: no request leaves, nothing waits for ever, no disk is filled."""

import asyncio
import http.client
import http.server
import json
import shutil
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn

from maps.desk import guard, listening, uploads
from maps.desk.app import create_app
from maps.desk.bounded import Bounded, JobError, Limits
from maps.desk.guard import Place
from tests.desk_county import ADDRESS, HEADERS, Inline, TestClient, asking, made_county


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made_county(tmp_path_factory.mktemp("hostile") / "county")


@pytest.fixture
def elsewhere():
    """Return the address of a server that nobody may ask, and what it was asked."""
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


POINT = {"type": "Point", "coordinates": [113.95, 36.13]}


def linked(address):
    crs = {"type": "link", "properties": {"href": f"{address}/a.prj"}}
    feature = {"type": "Feature", "properties": {}, "geometry": POINT}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})


def virtual(source):
    return (
        '<OGRVRTDataSource><OGRVRTLayer name="a">'
        f"<SrcDataSource>{source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )


def test_no_file_makes_the_machine_ask_another_or_opens_another_file(
    folder, tmp_path, elsewhere, monkeypatch
):
    address, asked = elsewhere
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    secret = tmp_path / "secret.geojson"
    secret.write_text(json.dumps(POINT), encoding="utf-8")
    bounded = Bounded(Limits(at_once=2), folder)
    bounded.start()
    contents = {
        "a.geojson": linked(address),
        "b.kml": virtual(f"{address}/a.geojson"),
        "c.kml": virtual(secret),
    }
    for name, content in contents.items():
        own = tmp_path / name[0]
        own.mkdir()
        (own / name).write_text(content, encoding="utf-8")
        job = {**asking(pasted="", crs=""), "what": "review", "folder": str(own)}
        if name.endswith(".kml"):
            with pytest.raises(JobError, match=name) as caught:
                bounded.run({**job, "files": {str(own / name): name}})
            assert "secret" not in str(caught.value)
            assert "VRT" not in str(caught.value)  # not even opened as what it is
            continue
        try:
            bounded.run({**job, "files": {str(own / name): name}})
        except JobError as error:
            assert name in str(error)  # noqa: PT017 - refused or read, both without asking
    bounded.close()
    assert asked == []


def client_of(folder, data, monkeypatch):
    monkeypatch.setattr("maps.desk.app.Bounded", Inline)
    return create_app(folder, data, Place())


def test_an_upload_that_never_ends_is_given_up(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "GRACE_S", 0.1)
    app = client_of(folder, tmp_path / "desk", monkeypatch)
    headers = {"host": "127.0.0.1:8765", **{key.lower(): text for key, text in HEADERS.items()}}
    scope = {
        "type": "http", "method": "POST", "path": "/api/uploads", "raw_path": b"/api/uploads",
        "query_string": b"name=a.txt", "root_path": "", "scheme": "http", "http_version": "1.1",
        "headers": [(key.encode(), text.encode()) for key, text in headers.items()],
    }  # fmt: skip
    parts = [b"x" * 100]
    sent = []

    async def receive():
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": True}
        return await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    # A thread of its own: this one may already run a loop, which a browser leaves behind.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    assert sent[0]["status"] == 408
    assert "太慢" in json.loads(sent[1]["body"])["error"]
    assert list((tmp_path / "desk" / "incoming").iterdir()) == []


def test_no_upload_fills_the_disk(folder, tmp_path, monkeypatch):
    app = client_of(folder, tmp_path / "desk", monkeypatch)
    with TestClient(app, base_url=ADDRESS, headers=HEADERS) as client:
        monkeypatch.setattr(uploads, "MOST_BYTES", 250)
        codes = [client.post("/api/uploads?name=a", content=b"x" * 100) for _ in range(3)]
        assert [answer.status_code for answer in codes] == [200, 200, 422]
        assert "磁盘" in codes[-1].json()["error"]
        monkeypatch.setattr(uploads, "MOST_BYTES", 1 << 30)
        monkeypatch.setattr(uploads, "ROOM_BYTES", 1 << 60)
        assert client.post("/api/uploads?name=a", content=b"x").status_code == 422
    assert len(list((tmp_path / "desk" / "incoming").iterdir())) == 2


def test_a_folder_that_is_gone_is_one_sentence(folder, tmp_path, monkeypatch):
    app = client_of(folder, tmp_path / "desk", monkeypatch)
    with TestClient(app, base_url=ADDRESS, headers=HEADERS) as client:
        shutil.rmtree(tmp_path / "desk" / "runs")
        answer = client.post("/api/reviews", json=asking())
        assert answer.status_code == 500
        assert "磁盘" in answer.json()["error"]
        assert str(tmp_path) not in answer.text


@pytest.fixture
def served(folder, tmp_path, monkeypatch):
    """Return the port of a desk whose connections are watched."""
    monkeypatch.setattr(listening, "HEAD_S", 0.3)
    monkeypatch.setattr(listening, "MOST_CONNECTIONS", 3)
    held = socket.create_server(("127.0.0.1", 0))
    port = held.getsockname()[1]
    monkeypatch.setattr("maps.desk.app.Bounded", Inline)
    app = create_app(folder, tmp_path / "desk", Place(port=port))
    config = uvicorn.Config(app, log_level="critical", http=listening.PatientProtocol, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [held]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield port
    server.should_exit = True
    thread.join()
    held.close()


def ended(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: 127"])
def test_half_a_request_is_not_waited_for(served, said):
    with socket.create_connection(("127.0.0.1", served), timeout=20) as waiting:
        waiting.sendall(said)
        assert ended(waiting)
    asked = http.client.HTTPConnection("127.0.0.1", served, timeout=20)
    for _ in range(3):  # on one connection
        asked.request("GET", "/api/sites")
        answer = asked.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"count": 0, "rows": []})
        time.sleep(0.2)
    asked.close()


def test_there_are_never_too_many_connections(served, monkeypatch):
    monkeypatch.setattr(listening, "HEAD_S", 600.0)
    held = [socket.create_connection(("127.0.0.1", served), timeout=20) for _ in range(4)]
    assert ended(held[-1])
    for one in held:
        one.close()
