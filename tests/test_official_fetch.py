"""Downloads against a server of our own on the loopback address: what can go wrong is said in one sentence."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import official_layouts as layouts
import pytest

from ccganalysis.data.official import fetching
from ccganalysis.data.official.catalogue import PUBLICATIONS, Publication
from ccganalysis.errors import InputError

CONTENT = layouts.as_csv(layouts.ccg_to_stp())


class Publisher(BaseHTTPRequestHandler):
    """`/file.csv` is the file; the other paths go wrong, each in its own way."""

    tries = 0

    def do_GET(self) -> None:
        Publisher.tries += 1
        if self.path == "/moved.csv":
            return self.answer(302, b"", ("Location", "/page.html"))
        if self.path == "/page.html":
            return self.answer(200, b"<!DOCTYPE html><html><body>We have moved</body></html>")
        if self.path == "/cut.csv":
            return self.answer(200, CONTENT[:1000], length=len(CONTENT))
        if self.path == "/second_time.csv" and Publisher.tries < 2:
            return self.answer(200, CONTENT[:1000], length=len(CONTENT))
        if self.path in ("/file.csv", "/second_time.csv"):
            return self.answer(200, CONTENT)
        return self.answer(404, b"<html>Not found</html>")

    def answer(self, status: int, body: bytes, *headers: tuple[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="module")
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    """No proxy between us and the loopback address."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Publisher.tries = 0


def fetch(address: str, path: str, folder, sha256: str = "", retries: int = 0):
    publication = Publication("The lookup", "https://example.org/page", f"{address}/{path}", sha256)
    return fetching.fetch("lookup", folder, {"lookup": publication}, retries)


def test_the_file_with_the_right_checksum(address, tmp_path):
    path = fetch(address, "file.csv", tmp_path, hashlib.sha256(CONTENT).hexdigest())
    assert path.read_bytes() == CONTENT and path.name == "lookup.csv"


def test_a_second_try_after_a_broken_one(address, tmp_path):
    assert fetch(address, "second_time.csv", tmp_path, retries=1).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "sha256", "said"),
    [
        ("cut.csv", "", "was cut short; nothing was kept"),
        ("file.csv", "0" * 64, "its checksum differs"),
        ("moved.csv", "", "this is a web page, not data"),
        ("none.csv", "", "answers 404; the file was moved"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_nothing_is_kept(address, tmp_path, path, sha256, said):
    with pytest.raises(InputError) as refused:
        fetch(address, path, tmp_path, sha256)
    assert said in str(refused.value) and "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_no_network_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"no connection to 127\.0\.0\.1:9\. .*ccganalysis add FILE"):
        fetch("http://127.0.0.1:9", "file.csv", tmp_path)


def test_names_are_looked_up_never_used_as_paths(tmp_path):
    with pytest.raises(InputError, match="Unknown publication '../../eccg'.*nearest valid one is 'eccg'"):
        fetching.fetch("../../eccg", tmp_path)


def test_a_file_without_a_lasting_address_says_where_its_page_is(tmp_path):
    with pytest.raises(InputError, match=r"https://www\.england\.nhs\.uk/.*ccganalysis add FILE"):
        fetching.fetch("allowances-2016-17", tmp_path)


def test_every_address_is_a_publishers():
    hosts = ("nhs.uk", "statistics.gov.uk", "arcgis.com")
    for publication in PUBLICATIONS.values():
        for address in filter(None, (publication.page, publication.address)):
            assert address.startswith("https://") and address.split("/")[2].endswith(hosts)
