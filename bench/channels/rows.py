"""The rows about users who stay in touch, with the targets of the product."""

from collections.abc import Callable
from typing import Any

from bench.table import Figures, Get, Row, at_least, at_most, figure, per, ratio, times

K, MILLI, MICRO = 1_000.0, 1e3, 1e6
COMMITS = 4.0
"""Maximum p99 of a send, in single commits."""


def channel_rows(sizes: Any) -> list[Row]:
    """Return the rows of `sends`, `friends`, `beside` and `archive`."""
    archive = [row for total in sizes.archive for row in _archive(total, sizes.archive)]
    return [*_sends(), *_friends(), *_beside(), *archive]


def _sends() -> list[Row]:
    rows = []
    for name, told, least in (("dm", "DM", 8_000), ("group", "group of 10", 2_500)):
        rows += [
            Row(
                f"messages per second of server CPU, {told}",
                per(f"{name}_cpu_s"),
                "{:,.0f}",
                f"≥ {least:,}, ≥ 4 socket.io+pg",
                _beyond(per(f"{name}_cpu_s"), least, {"socket.io+pg": 4.0}),
            ),
            Row(
                f"CPU µs of all nodes per message, {told}",
                figure(f"{name}_cpu_s", MICRO),
                "{:,.0f}",
                "over 3 nodes ≤ 2.5 of one",
                times(figure(f"{name}_cpu_s", MICRO), **{"1 node": 2.5}),
            ),
            Row(f"messages per second, as driven, {told}", figure(f"{name}_per_s"), "{:,.0f}"),
            Row(
                f"database CPU µs per message, {told}",
                figure(f"{name}_database_cpu_s", MICRO),
                "{:,.0f}",
                "≤ 60 in batches of 20, and 120 for search",
            ),
            Row(
                f"send to reply p50 ms at half load, {told}",
                figure(f"{name}_p50_s", MILLI),
                "{:,.1f}",
                "≤ 2",
                at_most(2),
            ),
            Row(
                f"send to reply p99 ms at half load, {told}",
                figure(f"{name}_p99_s", MILLI),
                "{:,.1f}",
                "≤ 8, ≤ 4 commits by pgbench",
                _within_commits(8.0),
                _commit,
            ),
        ]
    bus = figure("group_bus_per_message")
    return [
        *rows,
        Row("bus messages per message, group of 10 over the nodes", bus, "{:.1f}", "≤ 2 over 3", at_most(2.1)),
    ]


def _friends() -> list[Row]:
    return [
        Row(
            "KB more for an idle user with 20 friends",
            figure("friendly_idle_bytes", 1 / K),
            "{:,.1f}",
            "≤ 3",
            at_most(3),
        ),
        Row(
            "CPU ms per change of presence, 100 friends",
            figure("presence_change_cpu_s", MILLI),
            "{:,.3f}",
            "≤ 0.3",
            at_most(0.3),
        ),
    ]


def _beside() -> list[Row]:
    return [
        Row(
            "rounds per CPU s beside 2,000 messages/s, of without",
            figure("beside_rounds_share"),
            "{:.2f}",
            "≥ 0.95",
            at_least(0.95),
            _shares("cpu"),
        ),
        Row(
            "rounds per second beside messages, of without",
            figure("beside_rounds_kept"),
            "{:.2f}",
            "≥ 0.95",
            at_least(0.95),
        ),
        Row("messages per second beside calls", figure("beside_messages_per_s"), "{:,.0f}", "≥ 1,950", at_least(1_950)),
        Row("CPU µs per message, alone at 2,000/s", figure("beside_message_cpu_s", MICRO), "{:,.0f}"),
        Row(
            "database CPU µs per message, alone at 2,000/s",
            figure("beside_message_database_cpu_s", MICRO),
            "{:,.0f}",
            beside=_shares("database"),
        ),
        Row(
            "send to reply p50 ms beside calls",
            figure("beside_sends_p50_s_both", MILLI),
            "{:,.1f}",
            beside=_each("{:.1f} ms", MILLI, "beside_sends_p50_s_messages"),
        ),
        Row(
            "send to reply p99 ms beside calls",
            figure("beside_sends_p99_s_both", MILLI),
            "{:,.1f}",
            beside=_each("{:.1f} ms", MILLI, "beside_sends_p99_s_messages"),
        ),
        *_latencies("beside", "beside messages"),
        *_latencies("beside_apart", "beside messages, database off the server's core"),
    ]


def _latencies(name: str, told: str) -> list[Row]:
    rows = []
    for kind, of in (("relay", "relay"), ("pairing", "time to pair")):
        for p, target in (("p50", ""), ("p99", "≤ 1.2")):
            both, calls = f"{name}_{kind}_{p}_s_both", f"{name}_{kind}_{p}_s_calls"
            met = at_most(1.2)
            each = _each("{:.3f} ms", MILLI, both, calls)
            rows.append(Row(f"{of} {p} {told}, of without", ratio(both, calls), "{:.2f}", target, met, each))
    both, calls = f"{name}_lag_p99_s_both", f"{name}_lag_p99_s_calls"
    each = _each("{:.3f} ms", MILLI, both, calls)
    of_load = Row(f"of it the load's at most, p99 ms, {told}", figure(both, MILLI), beside=each)
    return [*rows, of_load]


def _shares(kind: str) -> Callable[[dict[str, float]], str]:
    names = [f"beside_{kind}_share_{case}" for case in ("both", "calls", "messages")]
    return _each("{:.0f} %", 100, *names)


def _each(form: str, scale: float, *names: str) -> Callable[[dict[str, float]], str]:
    """Return each of some figures: with calls and messages, with calls, and with messages."""

    def written(figures: dict[str, float]) -> str:
        return ", ".join(form.format(figures[name] * scale) for name in names if name in figures)

    return written


ARCHIVED = (
    ("inbox", "inbox page and unread, 1,000 channels", 5.0),
    ("page", "page of 50 anywhere", 1.0),
    ("search_one_rare", "search of a rare word in the longest channel", 10.0),
    ("search_one", "search of some word in one channel", 10.0),
    ("search_one_any", "search of a frequent word in the longest channel", 10.0),
    ("search_200_rare", "search of a rare word in 200 channels", 20.0),
    ("search_200_any", "search of a frequent word in 200 channels", 500.0),
)


def _archive(total: int, totals: tuple[int, ...]) -> list[Row]:
    million = f"{total / 1_000_000:g} M messages"
    rows = []
    for name, told, most_ms in ARCHIVED:
        value = f"archive_{name}_cpu_p99_s_{total}"
        flat = name == "inbox" and total != totals[0]
        rows.append(
            Row(
                f"PG CPU p99 ms, {million}: {told}",
                figure(value, MILLI),
                "{:,.2f}",
                f"≤ {most_ms:g}" + (", ≤ 1.3 of the first" if flat else ""),
                _flat(_median(name, totals[0]), _median(name, total), most_ms) if flat else at_most(most_ms),
                _beside_cpu(name, total, totals[0] if flat else None),
            )
        )  # fmt: skip
    return [
        *rows,
        Row(
            f"PG CPU µs per message indexed for search, {million}",
            figure(f"archive_index_cpu_s_{total}", MICRO),
            "{:,.0f}",
            "≤ 120",
            at_most(120),
        ),
    ]


def _flat(first: str, then: str, most_ms: float) -> Callable[[Figures, float], bool]:
    """Require at most *most_ms*, and a median of at most 1.3 times that with fewer messages."""

    def met(figures: Figures, value: float) -> bool:
        ours = figures["rondo"]
        return value <= most_ms and ours.get(then, 0.0) <= 1.3 * ours.get(first, float("inf"))

    return met


def _median(name: str, total: int) -> str:
    return f"archive_{name}_cpu_p50_s_{total}"


def _beside_cpu(name: str, total: int, first: int | None) -> Callable[[dict[str, float]], str]:
    """Return what is printed beside the CPU of a read: its median, the latencies of a client, of how much fewer."""

    def told(figures: dict[str, float]) -> str:
        median = figures.get(_median(name, total))
        if median is None:
            return ""
        p50, p99 = (figures[f"archive_{name}_client_p{part}_s_{total}"] * MILLI for part in (50, 99))
        text = f"p50 {median * MILLI:.2f}; client p50 {p50:.2f}, p99 {p99:.2f}"
        return text if first is None else f"{text}; p50 {median / figures[_median(name, first)]:.2f} of the first"

    return told


def _commit(figures: dict[str, float]) -> str:
    return f"pgbench commit p99: {figures['commit_p99_s'] * MILLI:.2f}" if "commit_p99_s" in figures else ""


def _within_commits(most_ms: float) -> Callable[[Figures, float], bool]:
    """Require at most *most_ms*, and at most a multiple of the p99 of one commit."""

    def met(figures: Figures, value: float) -> bool:
        commit = figures["rondo"].get("commit_p99_s", float("inf"))
        return value <= most_ms and value <= COMMITS * commit * MILLI

    return met


def _beyond(get: Get, least: float, floors: dict[str, float]) -> Callable[[Figures, float], bool]:
    """Require at least *least*, and at least a multiple of that of each named server that was measured."""

    def met(figures: Figures, value: float) -> bool:
        known = {name: get(figures[name]) for name in floors if name in figures}
        return value >= least and all(value >= floors[name] * floor for name, floor in known.items() if floor)

    return met
