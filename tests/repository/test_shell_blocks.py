"""Every shell block of the documentation runs as written, in a clean root, or has a reason here why it cannot."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)

COMPOSE = "needs a Docker engine; tests/deploy/test_compose.py holds the file and its commands to the schema"
CANNOT = {
    "make run": "is what `make test` does before these tests, and tests/deploy/test_release.py",
    "docker compose -f deploy/compose.yaml up": COMPOSE,
    "alias compose": COMPOSE,
    "git pull": COMPOSE,
    "docker build -f deploy/Dockerfile": "needs a Docker engine; tests/deploy/test_image.py follows its steps",
    "kubectl create secret": "needs a cluster; tests/deploy/test_kubernetes.py validates the manifests",
    "rondo drill ": "takes hours; tests/drills play every drill in its brief form",
    "apt-get install coturn": "tests/relay/test_coturn.py runs a coturn with this very file",
}
"""By how a block begins: why it is not run here."""
ASSIGNMENT = re.compile(r"^[A-Z_0-9]+=.*", re.MULTILINE)
NOT_HERE = re.compile(r"^\s*(systemctl |/opt/rondo/bin/pip |python3 -m venv )", re.MULTILINE)
"""There is no systemd here; tests/deploy/test_release.py installs a wheel into an empty environment."""


def blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for language, text in BLOCK.findall(page.read_text()):
            if language in {"sh", "bash", "console", ""}:
                yield page.name, text


ALL = list(blocks())
RUN = [(page, text) for page, text in ALL if not any(text.startswith(start) for start in CANNOT)]
SETTINGS = [text for _, text in ALL if re.fullmatch(r"(#.*\n|[A-Z_0-9]+=.*\n)+", text)]
"""Blocks that are settings: `rondo config` has to accept them."""


class CleanRoot:
    """This machine's files under an overlay, which goes with the test, and no network but a loopback of its own."""

    def __init__(self, folder: Path) -> None:
        for name in ("upper", "work", "root", "tmp"):
            (folder / name).mkdir()
        self.folder = folder

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run *script* with `sh -eu`, and `rondo` on its PATH."""
        prepare = f"""
            cd {self.folder}
            mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
            cd root
            mount --rbind /proc proc; mount --rbind /dev dev; mount -t tmpfs -o mode=1777 tmpfs tmp
            case {ROOT} in /tmp/*) mkdir -p .{ROOT}; mount --bind {ROOT} .{ROOT};; esac
            ip link set lo up 2>/dev/null || true
            mkdir -p backups opt/rondo/bin usr/local/bin tmp/rondo
            cat > usr/local/bin/rondo
            chmod 755 usr/local/bin/rondo; cp usr/local/bin/rondo opt/rondo/bin/rondo
            exec chroot . sh -euc "$SCRIPT"
        """
        wrapper = f"""#!/bin/sh
            export PYTHONPATH={ROOT} RONDO_MIRROR=off
            test "$1" = serve || exec {sys.executable} -m server "$@"
            # A server runs until told to stop: here until it listens.
            log=$(mktemp)
            {sys.executable} -m server "$@" > $log & server=$!
            until grep -q '"listening"' $log; do kill -0 $server || break; sleep 0.1; done
            kill $server; wait $server; code=$?
            cat $log; exit $code
        """
        return subprocess.run(
            ["unshare", "--mount", "--net", "sh", "-euc", prepare],
            input=wrapper,
            env={
                "PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
                "SCRIPT": script,
                "HOME": "/tmp",
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def clean_root() -> Iterator[CleanRoot]:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("an overlay needs root")
    folder = Path("/var/tmp") / f"rondo-root-{os.getpid()}"  # an overlay cannot lie on another one, as /tmp may be
    folder.mkdir(mode=0o755)
    yield CleanRoot(folder)
    shutil.rmtree(folder)


def test_every_block_runs_or_has_a_reason() -> None:
    for start in CANNOT:
        assert any(text.startswith(start) for _, text in ALL), f"no block begins with {start!r} any more"
    assert len(RUN) >= 5


@pytest.mark.parametrize(("page", "text"), ALL, ids=[f"{page}-{n}" for n, (page, _) in enumerate(ALL)])
def test_block_is_shell(page: str, text: str) -> None:
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", SETTINGS, ids=lambda text: ASSIGNMENT.findall(text)[0].split("=")[0])
def test_settings_are_accepted(clean_root: CleanRoot, text: str) -> None:
    done = clean_root.run(f"set -a\n{text}\nset +a\nrondo config")
    assert done.returncode == 0, done
    assert "is no setting" not in done.stderr or "RONDO_DOMAIN" in text or "RONDO_PUBLIC_IP" in text


def test_settings_have_no_comment_behind_a_value() -> None:
    """For systemd, which reads /etc/rondo.env, it is a part of the value; for a shell it is not."""
    assert [line for text in SETTINGS for line in ASSIGNMENT.findall(text) if " #" in line] == []


def test_commands_of_the_backup_page(clean_root: CleanRoot) -> None:
    first, *others = [text for page, text in RUN if page == "backup.md"]
    done = clean_root.run(f"export RONDO_DATA_DIR=/tmp/rondo/data\nrondo migrate\n{first}\n" + "\n".join(others))
    assert done.returncode == 0, done
    assert done.stdout.count("of the embedded database in /tmp/rondo/data") == 2
    assert '"listening"' in done.stdout


def test_service_and_nightly_backup_use_the_same_database(clean_root: CleanRoot) -> None:
    (steps,) = [text for page, text in RUN if page == "deployment.md" and "useradd" in text]
    cron = (ROOT / "deploy" / "rondo.cron").read_text().splitlines()[-1]
    line = cron.split(None, 5)[5].removeprefix("rondo").strip()
    unit = (ROOT / "deploy" / "systemd" / "rondo-backup.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    script = f"""
        cd {ROOT}
        {NOT_HERE.sub(": ", steps)}
        mkdir -p /var/lib/rondo; chmod 711 /var/lib/rondo
        (set -a; . /etc/rondo.env; set +a; rondo migrate)
        env -i PATH=/usr/bin:/bin HOME=/ /bin/sh -c '{line.replace("'", "'" + chr(92) + "''")}'
        env -i $(cat /etc/rondo.env) PATH=/usr/bin:/bin {command}
    """
    done = clean_root.run(script)
    assert done.returncode == 0, done
    assert done.stdout.count("of the embedded database in /var/lib/rondo:") == 2, done
