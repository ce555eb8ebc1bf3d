# ruff: noqa: E501, S104, S105, S106 - made addresses and tokens, in rows
"""Who may ask the desk: hosts, origins, tokens, sizes; and the policy of every answer."""

import pytest

from layers.errors import QueryError
from maps.desk.app import create_app
from maps.desk.bounded import Limits
from maps.desk.guard import COOKIE, Place
from tests.desk_county import ADDRESS, HEADERS, TestClient, asking, made_county

TOKEN = "correct horse battery"
DECISION = {"site": "1", "seen": 0, "verdict": "accept", "reason": "x", "reviewer": "y"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made_county(tmp_path_factory.mktemp("guard") / "county")


def client_of(folder, tmp_path, place=None, address=ADDRESS):
    # not entered: nothing here needs a process that reads files
    app = create_app(folder, tmp_path / "desk", place or Place(), limits=Limits(at_once=1),
                     upload_bytes=4096)  # fmt: skip
    return TestClient(app, base_url=address)


@pytest.fixture(scope="module")
def client(folder, tmp_path_factory):
    return client_of(folder, tmp_path_factory.mktemp("guard"))


@pytest.fixture
def alone(folder, tmp_path):
    return client_of(folder, tmp_path)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8765", 200), ("localhost:8765", 200), ("LOCALHOST:8765", 200),
        ("[::1]:8765", 200), ("evil.example:8765", 403), ("127.0.0.1:80", 403), ("127.0.0.1", 403),
        ("127.0.0.1.evil.example:8765", 403), ("localhost:8765.evil", 403), ("", 403),
        ("127.0.0.1:8765@evil", 403), ("192.168.1.5:8765", 403),
    ],
)  # fmt: skip
def test_only_our_own_host_is_answered(client, host, status):
    assert client.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Origin": ADDRESS}, {"X-Shanhe-Desk": "1"},
        {"X-Shanhe-Desk": "1", "Origin": "http://evil.example"},
        {"X-Shanhe-Desk": "1", "Origin": "null"},
        {"X-Shanhe-Desk": "1", "Origin": "http://127.0.0.1:9999"},
        {"X-Shanhe-Desk": "1", "Origin": ADDRESS, "Sec-Fetch-Site": "cross-site"},
        {"X-Shanhe-Desk": "1", "Origin": ADDRESS, "Sec-Fetch-Site": "same-site"},
        {"X-Shanhe-Desk": "1", "Sec-Fetch-Site": "none"},
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/api/uploads?name=a", "/api/reviews", "/api/reviews/x/again", "/api/reviews/x/decisions"]
)  # fmt: skip
def test_what_changes_something_must_come_from_our_page(client, headers, path):
    assert client.post(path, headers=headers, json=DECISION).status_code == 403


def test_our_page_may(client):
    answer = client.post("/api/reviews/x/decisions", headers=HEADERS, json=DECISION)
    assert answer.status_code == 404
    fetched = {"X-Shanhe-Desk": "1", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/uploads?name=a", headers=fetched, content=b"x").status_code == 200


def test_another_site_cannot_read_anything(client):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.get("/api/sites", headers=headers).status_code == 403
    linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=linked).status_code == 200


@pytest.mark.parametrize("path", ["/", "/desk.js", "/desk.css", "/api/sites", "/nothing"])
def test_every_answer_has_a_policy_and_is_not_kept(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("style-src-attr", maxsplit=1)[0]
    assert "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_the_page_names_no_other_address(client):
    page = client.get("/").text + client.get("/desk.js").text + client.get("/desk.css").text
    assert "https://" not in page
    assert page.replace("http://www.w3.org/2000/svg", "").count("http://") == 0
    assert "eval(" not in page
    assert "innerHTML" not in page


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "desk.local"])
def test_beyond_this_machine_there_must_be_a_token(host):
    with pytest.raises(QueryError, match="--token"):
        Place(host)
    with pytest.raises(QueryError, match="12"):
        Place(host, token="short")
    assert Place(host, token=TOKEN).host == host


def test_a_token_is_asked_for_everywhere_and_a_cookie_takes_its_place(folder, tmp_path):
    place = Place("192.168.1.5", 8765, TOKEN)
    client = client_of(folder, tmp_path, place, "http://192.168.1.5:8765")
    headers = {**HEADERS, "Origin": "http://192.168.1.5:8765"}
    for path in ("/", "/desk.js", "/api/sites", "/nothing", f"/?token={TOKEN}x", "/?token="):
        assert client.get(path).status_code == 401, path
    assert client.post("/api/uploads?name=a", headers=headers, content=b"x").status_code == 401
    wrong = f"/api/uploads?name=a&token={TOKEN}"
    assert client.post(wrong, headers=headers, content=b"x").status_code == 401
    for cookie in ("", "x", TOKEN, "é"):
        sent = {"Cookie": f"{COOKIE}={cookie}".encode()}
        assert client.get("/", headers=sent).status_code == 401
    entered = client.get("/", params={"token": TOKEN}, follow_redirects=False)
    assert entered.status_code == 303
    assert entered.headers["location"] == "/"
    said = entered.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert TOKEN not in said
    assert client.get("/").status_code == 200
    assert client.post("/api/uploads?name=a", headers=headers, content=b"x").status_code == 200
    assert client.get("/", headers={"Host": "evil.example:8765"}).status_code == 403


def test_an_upload_is_stopped_at_its_limit_whatever_it_announces(alone, tmp_path):
    def endless():
        for _ in range(1000):
            yield b"x" * 1024

    for content in (b"x" * 5000, endless()):
        answer = alone.post("/api/uploads?name=a.txt", headers=HEADERS, content=content)
        assert answer.status_code == 413
        assert "上限" in answer.json()["error"]
    assert list((tmp_path / "desk" / "incoming").iterdir()) == []
    assert (
        alone.post("/api/uploads?name=a", headers=HEADERS, content=b"x" * 4096).status_code == 200
    )


def test_a_request_that_is_no_upload_is_bounded_too(client):
    body = asking(pasted="112.5,35.2\n" * 500_000)
    answer = client.post("/api/reviews", headers=HEADERS, json=body)
    assert answer.status_code == 413


def test_files_that_nobody_reviews_do_not_pile_up(alone):
    codes = [alone.post("/api/uploads?name=a", headers=HEADERS, content=b"x").status_code
             for _ in range(70)]  # fmt: skip
    assert codes[:64] == [200] * 64
    assert codes[64:] == [422] * 6
