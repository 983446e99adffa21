"""Our histograms are exported as those of prometheus_client are."""

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest

from server.observability.histogram import Histogram

BOUNDS = (0.0005, 0.1, 1, 300.0)


@pytest.mark.parametrize("labels", [(), ("line",)])
def test_exports_the_same_text_as_the_library(labels: tuple[str, ...]) -> None:
    disable_created_metrics()  # type: ignore[no-untyped-call]
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    mine = Histogram("rondo_x_seconds", "What it is", BOUNDS, *labels, registry=ours)
    library = prometheus_client.Histogram("rondo_x_seconds", "What it is", labels, buckets=BOUNDS, registry=theirs)
    for line in ("open", "end") if labels else ("",):
        for value in (0, 0.0005, 0.00051, 0.1, 0.5, 1.0, 299, 300.0, 300.5, 10_000):
            mine.series(line).observe(value)
            (library.labels(line) if labels else library).observe(value)
    assert generate_latest(ours) == generate_latest(theirs)
