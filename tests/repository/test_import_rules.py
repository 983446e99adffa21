"""The import contracts, and the rules of the layout, report a breach."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
RULES = [sys.executable, "import_rules.py"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Our modules, empty, under our contracts, in packages with a docstring."""
    for top in ("matchmaker", "signaling", "server"):
        for path in (path.relative_to(ROOT) for path in (ROOT / top).rglob("*.py")):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(
                '"""A package. Imports no other package."""' if path.stem == "__init__" else ""
            )
    for name in ("pyproject.toml", "import_rules.py"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    return tmp_path


def run(command: list[object], tree: Path, files: dict[str, str]) -> tuple[int, str]:
    for module, text in files.items():
        (tree / f"{module.replace('.', '/')}.py").write_text(text)
    result = subprocess.run([str(part) for part in command], cwd=tree, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def test_allowed_imports_break_no_contract(tree: Path):
    files = {
        "matchmaker.domain.queue": "import msgspec",
        "matchmaker.services.rooms": "import asyncio, matchmaker.domain.queue",
        "server.cluster.ports.client_redis": "import redis.asyncio",
        "signaling.routing.hub": "import matchmaker.services.rooms",
        "signaling.transport.aiohttp_socket": "from aiohttp import web",
        "server.app": "import aiohttp, structlog, signaling.server, matchmaker.matchmaker",
        "server.db.rooms.room_rows": "import asyncpg",
    }
    code, output = run(LINT, tree, files)
    assert code == 0, output


FORBIDDEN = {
    "matchmaker.domain.above": "import signaling.server",
    "matchmaker.domain.logs": "import structlog",
    "matchmaker.domain.waits": "import asyncio",
    "matchmaker.domain.services": "import matchmaker.services",
    "matchmaker.services.stores": "def f():\n    import redis",
    "signaling.routing.above": "import server.app",
    "signaling.routing.connects": "import signaling.connection",
    "signaling.routing.serves": "import aiohttp.web",
    "signaling.routing.counts": "import prometheus_client",
    "server.app": "import asyncpg",
    "server.lifecycle": "from redis.asyncio import Redis",
    "server.db.above": "import server.http",
    "server.unlisted": "import asyncio",
}


def test_every_forbidden_import_is_reported(tree: Path):
    code, output = run(LINT, tree, FORBIDDEN)
    assert code != 0
    assert [module for module in FORBIDDEN if module not in output] == []


def test_circle_of_imports_in_a_package_is_reported(tree: Path):
    files = {
        "matchmaker.domain.queue": "def f():\n    import matchmaker.domain.room",
        "matchmaker.domain.room": "import matchmaker.domain.queue",
    }
    code, output = run(LINT, tree, files)
    assert code != 0
    assert "No cycles are allowed in matchmaker.domain" in output


def test_class_name_that_occurs_twice_is_reported(tree: Path):
    code, output = run(
        RULES, tree, {"matchmaker.domain.room": "class Room: ...", "server.db.rooms.room_rows": "class Room: ..."}
    )
    assert code == 1
    assert "class Room twice: matchmaker/domain/room.py:1, server/db/rooms/room_rows.py:1" in output


def test_file_of_more_than_350_lines_is_reported(tree: Path):
    assert run(RULES, tree, {"server.db.rooms.room_rows": "x = 1\n" * 350}) == (0, "")
    code, output = run(RULES, tree, {"server.db.rooms.room_rows": "x = 1\n" * 351})
    assert code == 1
    assert "server/db/rooms/room_rows.py has 351 lines" in output


def test_hook_that_is_assigned_afterwards_is_reported(tree: Path):
    assert run(RULES, tree, {"server.db.hooks": "self.on_loss = other.loss = print"}) == (0, "")
    code, output = run(RULES, tree, {"server.db.hooks": "x = 1\nhub.on_loss = print\nhub.loss, x = lambda: 1, 2"})
    assert (code, output.splitlines()) == (
        1,
        [
            "server/db/hooks.py:2: hub.on_loss is assigned after the construction",
            "server/db/hooks.py:3: hub.loss is assigned after the construction",
        ],
    )


def test_callable_that_is_given_after_the_construction_is_reported(tree: Path):
    text = """
        Act = Callable[[], None]
        class Accept(Protocol):
            def __call__(self): ...
        class Part:
            def __init__(self, act: Act): self.act = act
            def name(self, name: str): self.called = name
            def join(self, act: Act): self.act = act
            async def open(self, *, accept: Accept | None): self.at, self.accept = 1, accept
            def run(self, call: Callable[[], None]): self.call = call
    """
    code, output = run(RULES, tree, {"server.db.hooks": textwrap.dedent(text)})
    assert code == 1
    assert [line.split(" is given to ")[1] for line in output.splitlines()] == [
        f"{method} after the construction" for method in ("join", "open", "run")
    ]


def test_constructor_that_does_not_finish_its_object_is_reported(tree: Path):
    text = """
        class Part:
            def __init__(self, make):
                Base.__init__(self, make)
                self.made, self.call = make(1), self.run
                self.accept: Accept
                self.parts = make(self), make(2, owner=self)
            def run(self): self.part = Part(self)
    """
    code, output = run(RULES, tree, {"server.cluster.parts": textwrap.dedent(text)})
    assert code == 1
    assert [line.split(": ")[1] for line in output.splitlines() if "cluster/parts.py" in line] == [
        "self.accept has no value", "make is given self", "make is given self",
    ]  # fmt: skip
    files = {"server.people.presence": textwrap.dedent(text), "server.cluster.parts": ""}
    assert run(RULES, tree, files) == (0, ""), "a module that is listed with its reason"


def test_attribute_that_the_wiring_assigns_afterwards_is_reported(tree: Path):
    code, output = run(RULES, tree, {"server.app": "self.a = 1\nb, self.door.keeper = 1, 2"})
    assert (code, output.splitlines()) == (1, ["server/app.py:2: self.door.keeper is assigned after the construction"])


def test_package_that_does_not_say_what_it_imports_is_reported(tree: Path):
    imports = {
        "server.db.rooms.room_rows": "import signaling.wire.codec, server.db.people.friends, server.db.accounts.users",
        "server.db.people.__init__": "",
        "server.db.rooms.__init__": '"""Rooms.\n\nMore of them.  Imports people and accounts."""',
        "server.db.__init__": '"""The\nSQL. Imports signaling."""',
        "server.__init__": '"""All of it. Imports signaling."""',
    }
    code, output = run(RULES, tree, imports)
    says = "the first paragraph of the docstring says what it is for, and ends with: Imports"
    assert (code, output.splitlines()) == (
        1,
        [f"server.db.people: {says} no other package.", f"server.db.rooms: {says} accounts and people."],
    )


def test_docstring_that_names_an_error_that_does_not_exist_is_reported(tree: Path):
    text = '''
        import smtplib
        class Full(Exception): ...
        def send(self):
            """Send.

            Errors that *done* is called with: the message stays.
                Taken: the name before the last one.

            Raises:
                Full, OSError: no room,
                    or Never: part of a sentence.
                smtplib.SMTPException, Missing: refused.
            """
    '''
    code, output = run(RULES, tree, {"server.db.sends": textwrap.dedent(text)})
    assert code == 1
    assert [line.split(": ")[1] for line in output.splitlines()] == [
        "send documents Taken, which is no error", "send documents Missing, which is no error",
    ]  # fmt: skip
