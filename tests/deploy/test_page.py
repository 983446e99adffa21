"""The built start page: how it is served, and a wheel without it."""

import gzip
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import hatch_build
from server.config import assets
from server.config.errors import SurroundingsError
from server.config.loader import load
from server.http.site import languages
from server.http.site.pages import PageResource, Pages
from tests.deploy.conftest import ROOT

Client = TestClient[web.Request, web.Application]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    built = hatch_build._page(ROOT, folder)
    assert built == folder, "make test sets node up"
    return folder


async def client_of(built: Path | None) -> Client:
    app = web.Application()
    app.router.register_resource(PageResource(Pages(assets.web(), built=built).handlers()))
    client = TestClient(TestServer(app), auto_decompress=False)
    await client.start_server()
    return client


@pytest.fixture
async def client(page: Path) -> AsyncIterator[Client]:
    client = await client_of(page)
    yield client
    await client.close()


def first(page: Path) -> set[str]:
    """Return what a first visit loads before it shows the form."""
    html = (page / "index.html").read_text()
    named = set(re.findall(r'(?:src|rel="(?:stylesheet|modulepreload)" href)="(/assets/[^"]+)"', html))
    code = [(page / name[1:]).read_text() for name in named if name.endswith(".js")]
    parts = {f"/assets/{name}" for text in code for name in re.findall(r'(?:from|import)"\./([\w.-]+\.js)"', text)}
    assert parts < named, "what the entry is made of is fetched beside it"
    assert len({name for name in named if name.endswith(".css")}) == 1, "one style sheet"
    return {"/index.html", *named}


def test_every_text_file_is_precompressed(page: Path) -> None:
    texts = [path for path in page.rglob("*") if path.suffix in (".js", ".css", ".ftl", ".svg", ".html")]
    assert len(texts) > 10
    for path in texts:
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == path.read_bytes()
    # Of all of them together: a part of a few names and hashes may not become smaller.
    assert 2 * sum(path.with_name(f"{path.name}.br").stat().st_size for path in texts) < sum(
        path.stat().st_size for path in texts
    )


async def test_hashed_files_are_cached_forever_and_the_page_is_not(client: Client, page: Path) -> None:
    for name in sorted(first(page)):
        reply = await client.get(name, headers={"Accept-Encoding": "gzip, br;q=0.9"})
        assert (reply.status, reply.headers["Content-Encoding"]) == (200, "br")
        assert await reply.read() == (page / f"{name[1:]}.br").read_bytes()
        kept = "no-cache" if name == "/index.html" else "public, max-age=31536000, immutable"
        assert reply.headers["Cache-Control"] == kept
        assert "Accept-Encoding" in reply.headers["Vary"]
    reply = await client.get("/", headers={"Accept-Encoding": "gzip, br;q=0"})
    plain = await client.get("/", headers={"Accept-Encoding": "identity"})
    assert (reply.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == ("gzip", False)
    known = {"Accept-Encoding": "gzip", "If-None-Match": reply.headers["ETag"]}
    assert (await client.get("/", headers=known)).status == 304
    assert (await client.get("/", headers={**known, "Accept-Encoding": "br"})).status == 200
    assert (await client.get("/index.html.br")).status == 404


@pytest.mark.parametrize(
    ("accepted", "chosen", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", None, "de"),
        ("nl, fr;q=0.5, ar;q=0.7", None, "ar"),
        ("de", "ja", "ja"),
        ("de", "xx", "de"),
        ("nl;q=x, *;q=0.1, es;q=0", None, "en"),
        ("", None, "en"),
    ],
)
async def test_catalogue_of_the_visitor_is_preloaded(
    client: Client, accepted: str, chosen: str | None, language: str
) -> None:
    cookie = {"Cookie": f"{languages.COOKIE}={chosen}"} if chosen else {}
    reply = await client.get("/", headers={"Accept-Language": accepted, **cookie})
    catalogue = rf"</assets/locales-\w+/start/{language}\.ftl>; rel=preload; as=fetch; crossorigin$"
    assert re.match(catalogue, reply.headers["Link"])
    assert {"Accept-Language", "Cookie"} < set(reply.headers["Vary"].split(", "))


async def test_sources_are_served_compressed() -> None:
    client = await client_of(None)
    for name in ("/app.js", "/app/locales/app/de.ftl", "/rondo.js", "/"):
        reply = await client.get(name, headers={"Accept-Encoding": "gzip"})
        text = (assets.web() / (name[1:] or "index.html")).read_bytes()
        body = await reply.read()
        assert (gzip.decompress(body) if len(text) >= 1_000 else body) == text
        assert reply.headers["Cache-Control"] == "no-cache"
    reply = await client.get("/", headers={"Accept-Language": "pt-PT"})
    assert reply.headers["Link"].startswith("</app/locales/start/pt.")
    await client.close()


def test_served_page(page: Path, tmp_path: Path) -> None:
    assert assets.page(load({})) is None, "a checkout serves its sources"
    assert assets.page(load({"RONDO_PAGE": str(page)})) == page
    assert assets.page(load({"RONDO_PAGE": str(page), "RONDO_DEV": "on"})) is None
    with pytest.raises(SurroundingsError, match="RONDO_PAGE"):
        assets.page(load({"RONDO_PAGE": str(tmp_path)}))


def test_build_without_node_packs_the_sources_with_a_notice(tmp_path: Path) -> None:
    def build(kind: str, cwd: Path, **environ: str) -> tuple[Path, str]:
        words = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(tmp_path)]
        done = subprocess.run(words, cwd=cwd, env=os.environ | environ, capture_output=True, text=True, check=True)
        (path,) = tmp_path.glob("*.tar.gz" if kind == "sdist" else "*.whl")
        return path, done.stdout + done.stderr

    sdist, _ = build("sdist", ROOT)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    wheel, words = build("wheel", tmp_path / sdist.name.removesuffix(".tar.gz"), PATH="")
    assert "the start page is packed as its sources" in words
    names = zipfile.ZipFile(wheel).namelist()
    assert "rondo/server/web/app/app.js" in names
    assert not [name for name in names if name.startswith("rondo/server/page/")]


def test_wheel_has_the_built_page(page: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("rondo/server/page/")}
    assert names == {f"rondo/server/page/{path.relative_to(page)}" for path in page.rglob("*") if path.is_file()}
