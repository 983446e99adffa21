"""The command `rondo`; each of its commands imports what it needs when it runs. Imports backup, config, db, doctor,
domain, drill, matchmaker, mirror, postgres and runtime.
"""

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.config.errors import StartupError
from server.runtime.standard_streams import occupy_standard

if TYPE_CHECKING:
    from server.backup.backup import BackupScope

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


def main() -> None:
    """Run the command line. Errors at the start are printed without a traceback; the exit code is 1 or 2."""
    occupy_standard()
    # Most objects of a start or a request live on, or are freed by reference count: a collection finds little.
    gc.set_threshold(50_000, 20, 100)
    try:
        rondo.main(prog_name="rondo", standalone_mode=True)
    except StartupError as error:
        for line in str(error).splitlines():
            click.echo(f"rondo: {line}", err=True)
        sys.exit(error.exit_code)


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="rondo", message="%(prog)s %(version)s")
def rondo() -> None:
    """Video roulette: a presence queue, timed invites, calls that survive a restart."""


@rondo.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on (HOST).")
@click.option("--port", metavar="PORT", help="Port to listen on, 0 for any free one (PORT).")
@click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N", help="Number of processes on the port; needs REDIS_URL."
)
@click.option("--tie", type=int, hidden=True, help="Pipe to the parent of several workers.")
@click.option("--siblings", hidden=True, help="What the ids of the workers of that parent have in common.")
def serve(host: str | None, port: str | None, workers: int | None, tie: int | None, siblings: str | None) -> None:
    """Start the server: the embedded database if there is one, the migrations, then the listeners."""
    from server.cli.serve import run, run_workers

    if workers is None:
        run({"host": host, "port": port}, tie=tie, siblings=siblings)
    else:
        run_workers({"host": host, "port": port}, workers)


@rondo.command()
def migrate() -> None:
    """Migrate the database to the schema of this version, and exit."""
    from server.cli.migrate import run

    run()


@rondo.command()
@click.option("--dry-run", "dry", is_flag=True, help="Only count what would be deleted.")
def prune(dry: bool) -> None:
    """Delete what has passed its retention; `rondo serve` does the same once a day."""
    from server.cli.prune import run

    run(dry=dry)


@rondo.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--secrets-only", is_flag=True, help="Only the secrets, to be stored elsewhere.")
@click.option("--no-secrets", is_flag=True, help="Only the database, without any key.")
@click.option("--unproved", is_flag=True, help="Skip the test restore to a temporary database.")
def backup(file: Path, secrets_only: bool, no_secrets: bool, unproved: bool) -> None:
    """Write database and secrets to FILE while the service runs; to a folder under a dated name; `-` is standard
    output.

    The file appears once it is complete and a test restore has succeeded.
    """
    from server.cli.backup import run

    run(file, _wanted(secrets_only, no_secrets), proved=not unproved)


def _wanted(secrets_only: bool, no_secrets: bool) -> "BackupScope":
    from server.backup.backup import BackupScope

    if secrets_only and no_secrets:
        raise click.UsageError("--secrets-only and --no-secrets leave nothing: use one of them")
    return BackupScope(database=not secrets_only, secrets=not no_secrets)


@rondo.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--secrets-only", is_flag=True, help="Only the secrets.")
@click.option("--no-secrets", is_flag=True, help="Only the database; secrets stay as they are.")
@click.option("--check", is_flag=True, help="Only check that it can be restored; a server may be running.")
@click.option("--yes", is_flag=True, help="Replace a database that has data.")
@click.option("--undo", is_flag=True, help="Without FILE: swap back what the latest restore has replaced.")
@click.option("--drop-previous", is_flag=True, help="Remove what this and earlier restores have kept.")
def restore(file: Path | None, secrets_only: bool, no_secrets: bool, **flags: bool) -> None:
    """Replace database and secrets with the backup FILE; `-` is standard input.

    It is first restored to a second database, counted and migrated, and then replaces the live one, which is kept under
    a dated name.
    """
    from server.cli.restore import run

    if flags["undo"] if file else not (flags["undo"] or flags["drop_previous"]):
        raise click.UsageError("name the FILE, or use --undo or --drop-previous")
    run(file, _wanted(secrets_only, no_secrets), **flags)


@rondo.command()
@click.option("--explain", is_flag=True, help="Explain each setting.")
def config(explain: bool) -> None:
    """Print the effective settings and their sources; secrets are not shown."""
    from server.cli.config import run

    run(explain=explain)


@rondo.command()
@click.option("--url", metavar="URL", help="Public URL of the running service, like https://rondo.example.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(url: str | None, as_json: bool) -> None:
    """Check everything that a service needs, and print remedies; exit code 1 if a check fails."""
    from server.cli.doctor import run

    run(url, as_json=as_json)


@rondo.command(hidden=True)
@click.option("--url", metavar="URL", required=True, help="WebSocket URL of the server.")
def mirror(url: str) -> None:
    """Run the mirrors, WebRTC peers for users who wait alone; `rondo serve` starts them itself."""
    from server.config.extras import require

    require("mirror", "rondo mirror")
    from server.cli.mirror import run

    run(url)


@rondo.group(name="admin")
def admin() -> None:
    """Operator commands: appoint moderators, create invite codes."""


@admin.command()
@click.argument("who", metavar="USER_ID|EMAIL")
@click.option(
    "--role",
    type=click.Choice(["moderator", "admin"]),
    default="moderator",
    show_default=True,
    help="The role to grant.",
)
def grant(who: str, role: str) -> None:
    """Grant a role (moderation at /admin) to an account, by user id or verified address."""
    from server.cli.admin import appoint

    appoint(who, role)


@admin.command()
@click.argument("who", metavar="USER_ID|EMAIL")
def revoke(who: str) -> None:
    """Revoke the role of an account, with immediate effect."""
    from server.cli.admin import appoint

    appoint(who, None)


@admin.command(name="invite-code")
@click.option(
    "--uses", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="Number of sign-ups that it admits."
)
def invite_code(uses: int) -> None:
    """Create an invite code; it is the last word of the output."""
    from server.cli.admin import make_invite_code

    make_invite_code(uses)


@rondo.group(name="audit")
def audit() -> None:
    """Verify the audit log."""


@audit.command()
@click.option("--head", metavar="N:HASH", help="A head noted earlier: check that it is still in the log.")
def verify(head: str | None) -> None:
    """Verify the whole audit log; report the entry that was changed, removed or inserted, and other faults."""
    from server.cli.audit import run

    run(head)


@audit.command(name="head")
def audit_head() -> None:
    """Print number and hash of the last entry; stored elsewhere, they show whether entries were changed later."""
    from server.cli.audit import print_head

    print_head()


@rondo.command()
@click.argument("name", required=False)
@click.option("--rooms", type=click.IntRange(1, 20_000), help="Live rooms at the time of the fault.")
@click.option(
    "--nodes", type=click.IntRange(1, 16), help="Number of servers with one database and one Redis (it starts both)."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random choices, to repeat a run.")
@click.option("--again", type=click.IntRange(1, 1_000), default=None, metavar="K", help="Number of faults in a row.")
@click.option(
    "--minutes",
    type=click.FloatRange(0.05, 1_440),
    default=1.0,
    show_default=True,
    help="Duration of the soak, in minutes.",
)
@click.option(
    "--calls", type=click.IntRange(0, 50), default=5, show_default=True, help="Number of rooms with real WebRTC peers."
)
@click.option("--brief", is_flag=True, help="The short form that the tests run.")
@click.option("--one-address", is_flag=True, help="Keep the rate limits on, and connect all clients from one address.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("drills"),
    show_default=True,
    help="Folder of the report.",
)
@click.option("--url", metavar="URL", help="URL of a running service to drill from outside; else one is started.")
def drill(name: str | None, again: int | None, **options: Any) -> None:
    """Inject a fault into a service with live calls, and report the effects for users. Without NAME: list drills."""
    from server.config.extras import require

    require("drill", "rondo drill")
    from server.cli.drill import run, show

    if name is None:
        show()
    else:
        run(name, again=again or 0, **options)
