"""The npm package as an application gets it: packed, unpacked, imported both ways, compiled and weighed."""

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from server.config.version import VERSION
from tests.client.conftest import ROOT, TOOLS, run

LIMIT = 12 * 1024
"""Bytes of `rondo-client`, minified and gzipped; the media helpers are beside it."""
PEOPLE_LIMIT = 8_500
"""Of `rondo-client/people`, without the client itself."""
BUILT = (".js", ".js.map", ".cjs", ".cjs.map", ".d.ts", ".d.cts")
FILES = {
    *("LICENSE", "README.md", "package.json", "dist/client/wire.d.ts", "dist/client/wire.d.cts"),
    *("dist/sha256.js", "dist/sha256.js.map"),  # loaded at a sign-up where there is no worker
    *(f"dist/{name}{end}" for name in ("rondo", "media", "people") for end in BUILT),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an application that has installed the package."""
    folder = tmp_path_factory.mktemp("app")
    run("node", "client_package.mjs")
    packed = json.loads(run("npm", "pack", ROOT / "build" / "rondo-client", "--json", "--pack-destination", folder))
    with tarfile.open(folder / packed[0]["filename"]) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (folder / "node_modules").mkdir()
    (folder / "unpacked" / "package").rename(folder / "node_modules" / "rondo-client")
    return folder


def test_package_holds_what_it_should_and_nothing_else(app: Path) -> None:
    package = app / "node_modules" / "rondo-client"
    assert {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()} == FILES
    about = json.loads((package / "package.json").read_text())
    assert (about["version"], about.get("dependencies"), about.get("devDependencies")) == (VERSION, None, None)


def test_size_limit(app: Path) -> None:
    def weighed(name: str) -> int:
        path = app / f"node_modules/rondo-client/dist/{name}.js"
        code = run(TOOLS / "esbuild", path, "--minify", "--format=esm")
        return len(gzip.compress(code.encode(), 9))

    assert weighed("rondo") <= LIMIT
    assert weighed("media") <= LIMIT // 4
    assert weighed("people") <= PEOPLE_LIMIT


def test_source_maps_hold_the_sources(app: Path) -> None:
    for name in ("rondo.js", "rondo.cjs"):
        sourcemap = json.loads((app / f"node_modules/rondo-client/dist/{name}.map").read_text())
        sources = dict(zip(sourcemap["sources"], sourcemap["sourcesContent"], strict=True))
        (found,) = (text for path, text in sources.items() if path.endswith("web/client/socket.js"))
        assert found == (ROOT / "web" / "client" / "socket.js").read_text()


@pytest.mark.parametrize(
    ("source", "made", "printed"),
    [
        ("esm.mts", "esm.mjs", "invalid base queued function function invalid features\n"),
        ("cjs.cts", "cjs.cjs", "idle rate_limited function function\n"),
    ],
)
def test_package_compiles_and_runs_in_an_application(app: Path, source: str, made: str, printed: str) -> None:
    target = app / source
    target.write_text((ROOT / "tests" / "client" / "consumer" / source).read_text())
    flags = (
        "--strict",
        "--module",
        "nodenext",
        "--target",
        "es2023",
        "--lib",
        "es2023,dom,dom.iterable",
        "--types",
        "",
    )
    run(TOOLS / "tsc", *flags, "--ignoreConfig", target, cwd=app)
    assert run("node", app / made) == printed
