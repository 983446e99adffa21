"""The rows of the table, with the targets of the product."""

from collections.abc import Callable, Sequence
from math import inf, prod

from bench.channels.rows import channel_rows
from bench.scenarios import Sizes
from bench.table import Figures, Row, at_least, at_most, figure, per, ratio, times

K, MILLI, MICRO = 1_000.0, 1e3, 1e6

FOREIGN_LOAD = Row("foreign load during the run", figure("others_share", 100), "{:.0f} %")


def rows(sizes: Sizes) -> list[Row]:
    """Return every row, in the order of docs/performance.md."""
    return [
        *_rounds(),
        *_latencies(),
        *_connections(sizes.idle_clients),
        *_several_nodes(),
        *_pairing(sizes.waiting),
        *channel_rows(sizes),
        FOREIGN_LOAD,
    ]


def _rounds() -> list[Row]:
    cpu, frame = figure("cpu_s", K), figure("frame_cpu_s", MICRO)
    return [
        Row(
            "CPU s per 1,000 rounds, server process",
            cpu,
            target="≤ ws, ≤ 0.5 socket.io, ≤ 2.8 C",
            met=times(cpu, **{"ws": 1.0, "socket.io": 0.5, "C": 2.8}),
        ),
        Row("rounds per second of server CPU", per("cpu_s"), "{:,.0f}"),
        Row("rounds per second, as driven", figure("rounds_per_s"), "{:,.0f}"),
        Row(
            "database CPU s per 1,000 rounds",
            figure("database_cpu_s", K),
            target="≤ 0.1",
            met=at_most(0.1),
            beside=_beside("pgbench, as many commits: {:.3f}", K, "commit_cpu_s", "commits"),
        ),
        Row(
            "database CPU s per 1,000 rounds, at half load",
            figure("half_load_database_cpu_s", K),
            target="≤ 0.2",
            met=at_most(0.2),
        ),
        Row("Redis CPU s per 1,000 rounds", figure("redis_cpu_s", K)),
        Row("rooms opened and ended per commit", per("commits", 2.0), "{:,.1f}"),
        Row("CPU µs per relayed frame", frame, "{:.1f}", "≤ 2.2 C", times(frame, C=2.2)),
        Row(
            "CPU s per 1,000 rounds, 10,000 active",
            figure("active_cpu_s", K),
            target="≤ 1.3 of 1,000",
            met=_flat("cpu_s", inf, 1.3 * K),
        ),
    ]


def _latencies() -> list[Row]:
    half = "at half load"
    return [
        Row(f"relay p50 µs, {half}", figure("relay_p50_s", MICRO), "{:,.0f}", "≤ 50", at_most(50)),
        Row(f"relay p99 µs, {half}", figure("relay_p99_s", MICRO), "{:,.0f}", "≤ 1,000", at_most(1_000)),
        Row(
            f"time to pair p50 ms, {half}",
            figure("pairing_p50_s", MILLI),
            target="≤ 1.5",
            met=at_most(1.5),
            beside=_beside("pgbench commit: {:.3f}", MILLI, "commit_p50_s"),
        ),
        Row(
            f"time to pair p99 ms, {half}",
            figure("pairing_p99_s", MILLI),
            target="≤ 8",
            met=at_most(8),
            beside=_beside("pgbench commit: {:.3f}", MILLI, "commit_p99_s"),
        ),
        Row("server's share of its core, " + half, figure("half_load_cpu_share", 100), "{:.0f} %"),
    ]


def _connections(clients: int) -> list[Row]:
    return [
        Row(f"KB per idle connection, {clients:,}", figure("idle_bytes", 1 / K), "{:,.1f}", "≤ 5", at_most(5)),
        Row(f"CPU while {clients:,} sit idle, % of a core", figure("idle_cpu_share", 100), "{:.2f}", "≤ 1", at_most(1)),
        Row("connects per second of CPU, again", per("connect_cpu_s"), "{:,.0f}", "≥ 5,000", at_least(5_000)),
        Row(
            "connects per second of CPU, first time", per("first_connect_cpu_s"), "{:,.0f}", "≥ 4,000", at_least(4_000)
        ),
    ]


def _several_nodes() -> list[Row]:
    full, singly = ratio("across_cpu_s", "local_cpu_s"), ratio("across_singly_cpu_s", "local_singly_cpu_s")
    return [
        Row("rooms across edges, full load, %", figure("across_share", 100), "{:.1f}", "≤ 5", at_most(5)),
        Row("a round across edges, of a local one, full load", full, "{:.2f}", "≤ 2.5", at_most(2.5)),
        Row("a round across edges, of a local one, one frame at a time", singly, "{:.2f}", "≤ 3.3", at_most(3.3)),
        Row("relay across edges p50 µs, at half load", figure("across_relay_p50_s", MICRO), "{:,.0f}"),
        Row("relay across edges p99 µs, at half load", figure("across_relay_p99_s", MICRO), "{:,.0f}"),
        Row("time to pair across nodes p50 ms, at half load", figure("across_pairing_p50_s", MILLI), "{:,.1f}"),
        Row("time to pair across nodes p99 ms, at half load", figure("across_pairing_p99_s", MILLI), "{:,.1f}"),
        Row("Redis bytes per connected user", figure("redis_connected_bytes"), "{:,.0f}"),
        Row("Redis bytes more per waiting user", figure("redis_waiting_bytes"), "{:,.0f}"),
    ]


def _pairing(waiting: Sequence[int]) -> list[Row]:
    first = f"queue_found_s_{min(waiting)}"
    found = [
        Row(
            f"pairing µs a join, {count:,} wait, 50 avoided first",
            figure(f"queue_found_s_{count}", MICRO),
            "{:,.1f}",
            "≤ 8, ≤ 1.3 of the first",
            _flat(first, 8, 1.3 * MICRO),
            _beside("list scan: {:,.0f}", MICRO, f"scan_found_s_{count}"),
        )
        for count in waiting
    ]
    without_match = [
        Row(
            f"pairing µs a join, {count:,} wait, none fits",
            figure(f"queue_nobody_s_{count}", MICRO),
            "{:,.1f}",
            "≤ 8",
            at_most(8),
            _beside("list scan: {:,.0f}", MICRO, f"scan_nobody_s_{count}"),
        )
        for count in waiting
    ]
    return found + without_match


def _beside(form: str, scale: float, *names: str) -> Callable[[dict[str, float]], str]:
    """Return the product of some of our figures, formatted by *form*; empty where one was not measured."""

    def written(figures: dict[str, float]) -> str:
        values = [figures.get(name) for name in names]
        return (
            "" if None in values else form.format(prod((value for value in values if value is not None), start=scale))
        )

    return written


def _flat(base: str, bound: float, factor: float) -> Callable[[Figures, float], bool]:
    """Require at most *bound*, and at most *factor* times another of our figures."""
    return lambda figures, value: value <= min(bound, figures["rondo"].get(base, bound) * factor)
