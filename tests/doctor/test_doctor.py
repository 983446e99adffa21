"""`rondo doctor`: its output, its exit code, and secrets that it never shows."""

import socket
import time
from pathlib import Path

import pytest

from tests.doctor.conftest import Run
from tests.journeys.conftest import StartService
from tests.relay.coturn import SECRET, Coturn

KEY = "aGVsbG8gdGhpcyBpcyBub3QgYSByZWFsIHNlY3JldCBhdCBhbGw="


def test_default_configuration(doctor: Run, tmp_path: Path) -> None:
    visit = doctor("--json")
    assert (visit.code, visit.report["ok"]) == (0, True)
    assert {finding["state"] for finding in visit.report["checks"]} <= {"ok", "warn", "skip"}
    assert (visit.states("turn"), visit.states("files")) == (["warn"], ["ok"])
    assert not (tmp_path / "data").exists(), "looking changes nothing"


def test_console_output(doctor: Run) -> None:
    visit = doctor()
    assert visit.code == 0
    assert "✓  database" in visit.out
    assert "→ set RONDO_TURN_URLS" in visit.out
    warnings = [line.split()[1] for line in visit.out.splitlines() if line.strip().startswith("!")]
    assert "turn" in warnings
    assert set(warnings) <= {"turn", "interpreter"}, "the latter depends on the Python that runs the tests"
    assert visit.out.rstrip().endswith(f"failing: 0, warnings: {len(warnings)}")
    assert "\x1b" not in visit.out, "colours are for terminals"


def test_all_parts_down(doctor: Run, closed_port: int) -> None:
    down = f"127.0.0.1:{closed_port}"
    environ = {
        "DATABASE_URL": f"postgresql://ada:hunter2-db@{down}/rondo",
        "REDIS_URL": f"redis://:hunter2-redis@{down}/0",
        "RONDO_TURN_URLS": f"turn:{down}",
        "RONDO_TURN_SECRET": "hunter2-turn",
        "RONDO_SMTP_URL": f"smtp://ada:hunter2%40mail@{down}",
        "RONDO_MAIL_FROM": "rondo@rondo.example",
        "RONDO_SECRET": KEY,
        "RONDO_STRIPE_SECRET": "whsec_hunter2",
    }
    visit = doctor("--json", "--url", f"http://{down}", **environ)
    assert visit.code == 1
    for check in ("database", "redis", "turn", "letters", "service"):
        assert visit.states(check) == ["fail"], check
    assert all(finding["remedy"] for finding in visit.report["checks"] if finding["state"] == "fail")
    table = doctor(**{name: value for name, value in environ.items() if "TURN" not in name})  # UDP takes its time
    assert (table.code, "✗  database" in table.out) == (1, True)
    for secret in ("hunter2", KEY):
        assert secret not in visit.out + visit.err + table.out + table.err


def test_unresponsive_parts(doctor: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(type=socket.SOCK_DGRAM) as deaf:
        port = listener.getsockname()[1]
        deaf.bind(("127.0.0.1", port))
        hole = f"127.0.0.1:{port}"
        began = time.monotonic()
        visit = doctor(
            "--json", "--url", f"http://{hole}", REDIS_URL=f"redis://{hole}", RONDO_SMTP_URL=f"smtps://{hole}",
            RONDO_MAIL_FROM="rondo@rondo.example", RONDO_TURN_URLS=f"turn:{hole}", RONDO_TURN_SECRET="hunter2",
        )  # fmt: skip
    assert time.monotonic() - began < 60, "nobody waits for ever"
    assert visit.code == 1
    for check in ("redis", "turn", "letters", "service"):
        assert visit.states(check) == ["fail"], check


def test_invalid_settings(doctor: Run) -> None:
    visit = doctor("--json", PORT="http", RONDO_ICE_POLICY="relay", RONDO_TURN_SECRET="hunter2")
    assert (visit.code, visit.states("settings")) == (1, ["fail", "fail"])
    assert "hunter2" not in visit.out


def test_misspelt_variable(doctor: Run) -> None:
    visit = doctor("--json", RONDO_GRASE_S="3", RONDO_RATE_LIMITS="off")
    assert (visit.code, visit.states("settings")) == (0, ["warn", "warn"])


@pytest.mark.parametrize("how", ["full", "locked"])
def test_unusable_data_directory(doctor: Run, tmp_path: Path, how: str) -> None:
    (tmp_path / "file").touch()
    visit = doctor("--json", RONDO_DATA_DIR=str(tmp_path / "file" / how))
    assert (visit.code, visit.states("data directory")) == (1, ["fail"])


def test_key_readable_by_others(doctor: Run, data_dir: Path) -> None:
    (data_dir / "secrets.env").write_text(f"RONDO_SECRET={KEY}\n")
    (data_dir / "secrets.env").chmod(0o644)
    visit = doctor("--json", RONDO_DATA_DIR=str(data_dir))
    assert visit.states("data directory") == ["ok", "warn"]
    assert KEY not in visit.out


def test_complete_service(doctor: Run, start_service: StartService, coturn: Coturn, tmp_path: Path) -> None:
    environ = {**coturn.settings, "RONDO_ICE_POLICY": "relay", "RONDO_RATE_LIMITS": "off"}
    service = start_service(environ)
    visit = doctor("--json", "--url", service.base, DATABASE_URL=service.dsn, **environ)
    assert visit.code == 0, visit.out
    for check in ("migrations", "clock", "turn", "service", "origins", "proxies"):
        assert visit.states(check) == ["ok"], visit.out
    assert SECRET not in visit.out
