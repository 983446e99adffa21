"""Prometheus histograms that cost a tenth of the library's per observation: without a lock, for a single thread."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class Buckets:
    """Observations of one series."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """Observations per bucket, not cumulative; the last: above all bounds."""
        self.total = 0.0
        """Sum of all observed values."""

    def observe(self, value: float) -> None:
        """Count *value*."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value


class Histogram(Collector):
    """A metric: one series per value of its only label, or one series without a label."""

    def __init__(
        self, name: str, text: str, bounds: Sequence[float], *labels: str, registry: CollectorRegistry
    ) -> None:
        self._name = name
        self._text = text
        self._bounds = bounds
        self._labels = labels
        self._names = [*(floatToGoString(float(bound)) for bound in bounds), "+Inf"]  # type: ignore[no-untyped-call]
        self._series: dict[str, Buckets] = {}
        if not labels:
            self.series("")
        registry.register(self)

    def series(self, value: str) -> Buckets:
        """Return the series of a label value."""
        found = self._series.get(value)
        if found is None:
            found = self._series[value] = Buckets(self._bounds)
        return found

    def collect(self) -> Iterator[Metric]:
        """Yield the metric."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        for value, series in self._series.items():
            up_to, counts = 0, []
            for name, count in zip(self._names, series.counts, strict=True):
                up_to += count
                counts.append((name, float(up_to)))
            family.add_metric([value] if self._labels else [], counts, series.total)
        yield family
