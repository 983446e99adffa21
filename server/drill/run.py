"""Runs a drill by name: a service, clients, the run, the judgement, the report."""

import asyncio
import importlib
import os
import pkgutil
import platform
import random
import tempfile
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from server.config.version import VERSION
from server.db.maintenance.drill_audit import audit
from server.drill import drills
from server.drill.clients.client_pool import CAMPUS, ClientPool, NotPossible
from server.drill.drill_context import Drill, DrillContext, Options, ProgressReporter
from server.drill.judgement.evidence import ServiceTimings
from server.drill.judgement.invariants import INVARIANTS
from server.drill.judgement.verdict import exactly, none_of
from server.drill.reporting.report import DrillReport, Machine, report_of
from server.drill.servers.fleet import ServerFleet
from server.drill.servers.host import Host, room_for
from server.drill.servers.link import NetworkLink, NoLink
from server.drill.servers.remote import Remote
from server.postgres import Postgres

SOCKETS_PER_ROOM = 3


def names() -> list[str]:
    """Return the names of all drills: the modules in `drills/`."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(drills.__path__))


def find(name: str) -> Drill:
    """Return a drill by its name.

    Raises:
        NotPossible: there is none.
    """
    name = name.replace("_", "-")
    if name not in names():
        raise NotPossible(f"there is no drill {name!r}; there are: {', '.join(names())}")
    drill: Drill = importlib.import_module(f"server.drill.drills.{name.replace('-', '_')}").DRILL
    return drill


async def perform(drill: Drill, options: Options, progress: ProgressReporter, *, url: str | None = None) -> DrillReport:
    """Run *drill* and return its report.

    Raises:
        NotPossible: it cannot be run on this service.
    """
    if options.nodes < drill.nodes:
        raise NotPossible(f"{drill.name} needs at least {drill.nodes} nodes: --nodes {drill.nodes}")
    room_for(options.rooms * SOCKETS_PER_ROOM)
    settings = dict(drill.settings) | (dict(drill.brief_settings) if options.brief else {})
    if options.one_address:
        settings |= {"RONDO_RATE_LIMITS": "on", "RONDO_TRUSTED_PROXIES": "1"}
    async with _drill_context(drill, options, progress, settings, url) as context:
        began_ms = context.now_ms()
        await context.load.start()
        await _run_drill(drill, context)
        ended_at = time.monotonic()
        await context.load.close()
        context.say("collecting the logs of the clients")
        await context.clients.debrief()
        evidence = context.evidence(ended_at)
        evidence.logs += context.logs
        if context.dsn is not None:
            evidence.books = await audit(context.dsn)
        context.say("judging")
        context.require(*(judge(evidence) for judge in INVARIANTS))
        if not isinstance(context.service, Remote):
            faults = [str(line) for host in context.hosts for line in host.faults()]
            context.require(exactly("faults in the server's log", len(faults), 0))
            for fault in faults[:5]:
                context.say(f"fault: {fault[:300]}")
        return report_of(
            context,
            evidence,
            drill=(drill.name, drill.summary),
            machine=_machine(),
            version=VERSION,
            began_at=began_ms,
            url=url,
        )


async def _run_drill(drill: Drill, context: DrillContext) -> None:
    """Run *drill*; if it raises, the verdict has a line for it, and everything else is judged as well."""
    try:
        await drill.run(context)
    except NotPossible:
        raise
    except Exception as error:  # noqa: BLE001 - what the service did to the people is worth more than our own fault
        where = traceback.extract_tb(error.__traceback__)
        steps = [f"{Path(step.filename).name}:{step.lineno} {step.line}" for step in where if "drill" in step.filename]
        context.require(none_of("the drill raised an exception", [f"{error!r}", *steps[::-1]], looked_at=1))


@asynccontextmanager
async def _drill_context(
    drill: Drill, options: Options, progress: ProgressReporter, settings: dict[str, str], url: str | None
) -> AsyncIterator[DrillContext]:
    """Yield an empty service, and the tools of a drill."""
    if url is not None:
        if options.nodes > 1:
            raise NotPossible("the operator of a running service decides how many nodes it has: leave out --nodes")
        if options.one_address or not drill.remote:
            raise NotPossible(f"{drill.name} needs a server of its own: leave out --url")
        async with _remote(options, progress, url) as theirs:
            yield theirs
        return
    with tempfile.TemporaryDirectory(prefix="rondo-drill-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # As root, the database runs as another user.
        folder.chmod(0o711)  # noqa: ASYNC240 - once
        postgres = None if drill.embedded else Postgres(folder)
        context: DrillContext | None = None
        service: Host | ServerFleet | None = None
        # First: it decides on which network everything else runs.
        link: NetworkLink | str = await _link() if drill.has_link else ""
        try:
            dsn = None if postgres is None else await postgres.start()
            service = await _service(
                drill, options, settings, folder, dsn=dsn, link=link if isinstance(link, NetworkLink) else None
            )
            progress.say(f"{len(service.nodes)} node(s) ready after {await service.start():.2f} s")
            bases, rng = [node.base for node in service.nodes], random.Random(options.seed)
            clients = ClientPool(
                bases, rng, scattered="RONDO_TRUSTED_PROXIES" in settings, campus=CAMPUS if options.one_address else ""
            )
            context = DrillContext(
                options,
                service,
                clients,
                progress,
                ServiceTimings.of(settings, nodes=len(service.nodes)),
                dsn=dsn or Postgres(folder).dsn(),
                postgres=postgres,
                link=link,
            )
            yield context
        finally:
            if context is not None:
                await context.clients.close()
                await asyncio.gather(*(host.stop() for host in context.hosts))
            if service is not None:
                await service.stop()
            if postgres is not None:
                await postgres.stop()
            if isinstance(link, NetworkLink):
                await link.close()


async def _link() -> NetworkLink | str:
    """Return a link for the first node, or why there is none."""
    link = NetworkLink()
    try:
        await link.open()
    except NoLink as why:
        return str(why)
    return link


async def _service(
    drill: Drill, options: Options, settings: dict[str, str], folder: Path, *, dsn: str | None, link: NetworkLink | None
) -> Host | ServerFleet:
    """Return the servers of the drill, not yet started.

    Raises:
        NotPossible: several cannot share an embedded database.
        StartupError: there is no Redis for several.
    """
    if options.nodes == 1:
        return Host(folder, dsn=dsn, settings=settings, link=link)
    if dsn is None:
        raise NotPossible(f"{drill.name} is about a database that belongs to one server: leave out --nodes")
    fleet = ServerFleet(folder, dsn=dsn, count=options.nodes, settings=settings, can_part=drill.can_part, link=link)
    await fleet.open()
    return fleet


@asynccontextmanager
async def _remote(options: Options, progress: ProgressReporter, url: str) -> AsyncIterator[DrillContext]:
    clients = ClientPool([url.rstrip("/")], random.Random(options.seed))
    remote = Remote(url, progress.say, lambda: _lost(clients))
    await remote.start()
    try:
        yield DrillContext(options, remote, clients, progress, ServiceTimings())
    finally:
        await clients.close()


async def _lost(clients: ClientPool) -> None:
    """Return once most clients have lost their connection."""
    while sum(person.is_here for person in clients.people) * 2 > len(clients.people):  # noqa: ASYNC110 - an operator acts
        await asyncio.sleep(0.02)


def _machine() -> Machine:
    model = platform.processor() or platform.machine()
    return Machine(
        system=platform.platform(terse=True),
        cores=os.cpu_count() or 1,
        model=model,
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 1),
    )
