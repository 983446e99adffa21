"""The arithmetic of the benchmark: what is worse, what is noise, how an interpreter was built."""

import pytest

from bench.check import judge, ratios
from bench.compare import render_ratios
from bench.table import Row, figure
from server.runtime.interpreter import build_flags

BASELINE = {"cpu_s": {"ratio": 4.0, "tolerance": 0.25}}


@pytest.mark.parametrize(
    ("rondo", "worse", "better"),
    [(5.0, False, False), (5.01, True, False), (3.2, False, False), (3.19, False, True)],
)
def test_ratio_is_worse_or_better_beyond_its_tolerance(rondo: float, worse: bool, better: bool) -> None:
    (verdict,) = judge(ratios({"cpu_s": rondo}, {"cpu_s": 1.0}, BASELINE), BASELINE)
    assert (verdict.is_worse, verdict.is_better) == (worse, better)


def test_overlapping_ranges_are_within_noise() -> None:
    rows = [Row("cpu", figure("cpu_s")), Row("relay", figure("relay_s")), Row("not measured", figure("idle_s"))]
    found = {
        "before": [{"cpu_s": 1.0, "relay_s": 1.0}, {"cpu_s": 1.2, "relay_s": 1.2}],
        "after": [{"cpu_s": 1.1, "relay_s": 0.5}, {"cpu_s": 1.3, "relay_s": 0.6}],
    }
    _, _, cpu, relay = render_ratios(rows, found, "after", "before").splitlines()
    assert "1.09" in cpu
    assert cpu.endswith("within noise")
    assert "0.50" in relay
    assert relay.endswith("0.50")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"CONFIG_ARGS": "'--enable-shared'", "PY_CFLAGS": "-g -O3"}, "no PGO, no LTO, -O3"),
        ({"CONFIG_ARGS": "'--enable-optimizations' '--with-lto'", "PY_CFLAGS": "-O2"}, "PGO, LTO, -O2"),
        ({"CONFIG_ARGS": "--with-lto=no", "PY_CFLAGS": None, "Py_DEBUG": 1}, "no PGO, no LTO, no -O, debug"),
    ],
)
def test_build_flags_of_an_interpreter(variables: dict[str, object], told: str) -> None:
    assert build_flags(variables) == told
