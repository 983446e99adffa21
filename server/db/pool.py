"""A pool of connections to PostgreSQL; a broken one becomes `errors.Unavailable`."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, Self

import asyncpg
import structlog

from matchmaker.domain.errors import Unavailable
from server.runtime.fault_log import Faults

CONNECT_S = 2.0
COMMAND_S = 3.0
"""Longer than `statement_timeout`: the server times out first and reports it, which leaves no doubt about the
outcome."""
REST_S = 0.1
"""Delay, in seconds, after a failed attempt to connect: a starting database is not flooded."""

SETTINGS = {
    "application_name": "rondo",
    "timezone": "UTC",
    "statement_timeout": "2500",
    # Shorter than that of the statement: the items of a group are then stored one by one, and only those that need the
    # locked row fail. Transactions that wait their turn for an advisory lock lift it (`ADVISORY_WAITS`).
    "lock_timeout": "1000",
    "idle_in_transaction_session_timeout": "5000",
    # Each statement is planned once and uses an index. A planner that sees an empty table would choose to read all of
    # it, and keep that plan while the table grows.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
APPLY_SETTINGS = "; ".join(f"SET {name} = '{value}'" for name, value in SETTINGS.items())
"""By SET and not with the connection: a pooler such as PgBouncer refuses startup parameters that it does not know."""
ADVISORY_WAITS = "set_config('lock_timeout', '0', true)"
"""Selected before an advisory lock: the transaction waits for locks until its statement times out."""

# 08, 57: the connection or the server ends; 53: it has no room; 25006: it has become a standby.
_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
    OSError,
)

_REFUSALS = (asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError)

if TYPE_CHECKING:
    _Connection = asyncpg.Connection[asyncpg.Record]
else:
    _Connection = asyncpg.Connection

log = structlog.get_logger()

DatabaseFault = Literal["database_unreachable", "database_read_only", "database_full"]
"""Why users cannot be served: no connection or no answer; a standby; out of disk, memory or connections."""


class ConnectionLost(Unavailable):
    """The connection broke while a statement ran: whether it took effect is not known."""


class LockTimeout(Unavailable):
    """Another transaction held a lock that the statement needs for longer than `lock_timeout`: nothing was stored."""


class DatabaseConnection(_Connection):
    """A connection that holds the key of the audit log."""

    __slots__ = ("audit_head", "secret")

    secret: bytes | None
    """The secret of the installation; None: it is in the database."""
    audit_head: tuple[int, bytes] | None
    """Number and hash of the last entry of the audit log that the current transaction has written."""

    def take_audit_head(self) -> tuple[int, bytes] | None:
        """Return `audit_head`, and reset it."""
        head, self.audit_head = self.audit_head, None
        return head


class Pool:
    """Up to *size* connections, opened when needed. The last one released is the first one used: its plans are warm.

    Ours, because the pool of asyncpg costs more processor time than the statements do: 50 µs a call.
    """

    def __init__(self, dsn: str, *, size: int = 6, secret: bytes | None = None) -> None:
        self._dsn = dsn
        self._secret = secret
        self._size = size
        self._count = 0
        self._idle: list[DatabaseConnection] = []
        self._waiting: deque[asyncio.Future[DatabaseConnection | None]] = deque()
        self._rests_until = 0.0
        self._refusal: BaseException | None = None
        """Why the latest attempt to connect failed."""
        self._faults = Faults()
        """Statements may fail while the heartbeat is written: a full disk refuses what needs a new page first."""
        self._closed = False

    @classmethod
    async def open(cls, dsn: str, *, size: int = 6, secret: bytes | None = None) -> Self:
        """Return a pool with one open connection; *secret* None: the one of the installation is in the database.

        Raises:
            Unavailable: the database does not answer.
        """
        pool = cls(dsn, size=size, secret=secret)
        pool._give(await pool._take())
        return pool

    async def close(self) -> None:
        """Close every connection; callers that wait for one get `Unavailable`. Idempotent."""
        self._closed = True
        while self._waiting:
            self._pass_on(None)
        while self._idle:
            connection = self._idle.pop()
            self._count -= 1
            with suppress(*_GONE, asyncpg.InterfaceError):
                await connection.close(timeout=1)

    async def fetch(self, statement: str, *args: object) -> list[asyncpg.Record]:
        """Run one statement, which is a transaction of its own, and return its rows.

        Raises:
            ConnectionLost: the connection broke on the way; the statement may have taken effect.
            Unavailable: the database cannot be reached, or gave up; nothing was stored.
        """
        # As in `connection()`, without its two coroutines: this is the hot path.
        connection = await self._take()
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *args)
        except BaseException as error:
            self._translate(error, connection)
            raise
        finally:
            self._give(connection)
        return rows

    async def fetchrow(self, statement: str, *args: object) -> asyncpg.Record | None:
        """Run one statement and return its first row. Raises as `fetch`."""
        async with self.connection() as connection:
            return await connection.fetchrow(statement, *args)

    async def fetchval(self, statement: str, *args: object) -> Any:
        """Run one statement and return the first value of its first row. Raises as `fetch`."""
        async with self.connection() as connection:
            return await connection.fetchval(statement, *args)

    async def execute(self, statement: str, *args: object) -> str:
        """Run one statement and return its command tag. Raises as `fetch`."""
        async with self.connection() as connection:
            tag: str = await connection.execute(statement, *args)
            return tag

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DatabaseConnection]:
        """Yield a connection inside a transaction, committed at the end. Raises as `fetch`."""
        async with self.connection() as connection:
            connection.take_audit_head()  # left by an earlier transaction that was rolled back
            async with connection.transaction():
                yield connection
            if (head := connection.take_audit_head()) is not None:
                log.info("audit_head", n=head[0], hash=head[1].hex())

    def connection(self) -> "_Lease":
        """Return a context manager that lends a connection and translates what breaks. Raises as `fetch`."""
        return _Lease(self)

    async def _take(self) -> DatabaseConnection:
        while not self._closed:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._count -= 1
            if self._count < self._size:
                return await self._connect()
            given = await self._wait()
            if given is not None:
                return given
        raise Unavailable

    async def _wait(self) -> DatabaseConnection | None:
        """Return a released connection, in the order of requests; None: try again.

        Raises:
            Unavailable: none was released within the timeout of a new connection.
        """
        turn: asyncio.Future[DatabaseConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(CONNECT_S):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())  # ours arrived too late
            if isinstance(error, TimeoutError):
                self._log_refusal("no_free_connection")
                raise Unavailable from None
            raise

    async def _connect(self) -> DatabaseConnection:
        if time.monotonic() < self._rests_until:
            raise Unavailable from self._refusal
        self._count += 1
        connection: DatabaseConnection | None = None
        try:
            connection = await asyncpg.connect(
                self._dsn,
                connection_class=DatabaseConnection,
                timeout=CONNECT_S,
                command_timeout=COMMAND_S,
                max_cached_statement_lifetime=0,  # Plans stay valid; the default of five minutes costs 3 ms each time.
            )
            await connection.execute(APPLY_SETTINGS)
            connection.secret, connection.audit_head = self._secret, None
            return connection
        except BaseException as error:
            if connection is not None:
                connection.terminate()
            self._count -= 1
            while self._waiting:  # they find a closed pool
                self._pass_on(None)
            if isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError, *_GONE)):
                self._rests_until, self._refusal = time.monotonic() + REST_S, error
                if isinstance(error, TimeoutError):
                    self._log_refusal("connect_timeout")
                raise Unavailable from error
            raise

    def _translate(self, error: BaseException, connection: DatabaseConnection) -> None:
        """Raise the client error for *error*, if it is not about the statement itself.

        A connection that broke, or that does not answer, is not used again.
        """
        if isinstance(error, asyncpg.LockNotAvailableError):
            self._log_refusal("lock_timeout")
            raise LockTimeout from error
        if isinstance(error, asyncpg.QueryCanceledError):
            self._log_refusal("statement_timeout")
            raise Unavailable from error  # the server has rolled it back
        if isinstance(error, _GONE) or (isinstance(error, asyncpg.InterfaceError) and connection.is_closed()):
            if isinstance(error, _REFUSALS):
                self._log_refusal(_reason(error))
            elif isinstance(error, TimeoutError):
                self._log_refusal("no_answer")
            connection.terminate()
            raise ConnectionLost from error

    def _log_refusal(self, reason: str) -> None:
        self._faults.warn("database_refused", reason, reason=reason)

    def _give(self, connection: DatabaseConnection) -> None:
        if self._closed:
            connection.terminate()
        if connection.is_closed():
            self._count -= 1
            self._pass_on(None)
        else:
            self._pass_on(connection)

    def _pass_on(self, connection: DatabaseConnection | None) -> None:
        """Hand a connection, or the right to open one, to the caller that has waited longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is not None:
            self._idle.append(connection)


def fault_of(error: BaseException) -> DatabaseFault:
    """Return the state of the database, from the `Unavailable` or the timeout that it caused."""
    return _reason(error.__cause__)


def _reason(cause: BaseException | None) -> DatabaseFault:
    if isinstance(cause, asyncpg.ReadOnlySQLTransactionError):
        return "database_read_only"
    if isinstance(cause, asyncpg.InsufficientResourcesError):
        return "database_full"
    return "database_unreachable"


class _Lease:
    """One connection, for the duration of a `with`."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: DatabaseConnection | None = None

    async def __aenter__(self) -> DatabaseConnection:
        self._connection = await self._pool._take()  # noqa: SLF001 - two halves of one thing
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        try:
            if error is not None:
                self._pool._translate(error, connection)  # noqa: SLF001
        finally:
            self._pool._give(connection)  # noqa: SLF001
