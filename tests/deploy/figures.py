"""What a node exports: the names of its figures, and the labels of each, as Prometheus sees them."""

from typing import Final

import promql_parser
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import AggregateExpr, BinaryExpr, Expr, VectorSelector

SCRAPED: Final = {"instance", "job"}
"""What Prometheus itself adds to every sample."""
OF_PROMETHEUS: Final = {"up": SCRAPED, "ALERTS": SCRAPED | {"alertname", "alertstate", "severity"}}

Figures = dict[str, set[str]]
"""Labels by the name of a sample, like `rondo_commit_seconds_bucket`."""


def read(*scrapes: str) -> Figures:
    """Return the figures in *scrapes*."""
    figures: Figures = {}
    for scrape in scrapes:
        for family in text_string_to_metric_families(scrape):
            for sample in family.samples:
                figures.setdefault(sample.name, set()).update(sample.labels)
    return figures


def families(*scrapes: str) -> set[str]:
    """Return the names of what is described in *scrapes*, whether or not it has samples."""
    return {family.name for scrape in scrapes for family in text_string_to_metric_families(scrape)}


def family_of(sample: str) -> str:
    """Return the family of a sample's name."""
    for ending in ("_bucket", "_count", "_sum", "_total"):
        sample = sample.removesuffix(ending)
    return sample


class Question:
    """An expression of PromQL: which figures it asks for, and which labels of them."""

    def __init__(self, text: str) -> None:
        """Raises ValueError if it is none."""
        # Grafana's own words; any duration and any name will do.
        text = text.replace("$__rate_interval", "1m").replace("$instance", ".*")
        self.expression: Expr = promql_parser.parse(text)
        self.selectors: list[VectorSelector] = []
        self.labels: set[str] = set()
        promql_parser.walk(self.expression, self._look)

    @property
    def figures(self) -> set[str]:
        """The names of the samples asked for."""
        return {selector.name for selector in self.selectors if selector.name}

    def unknown(self, known: Figures) -> list[str]:
        """Return the metrics of the query that are not exported."""
        known = known | OF_PROMETHEUS
        wrong = [name for name in sorted(self.figures) if name not in known]
        for selector in self.selectors:
            has = known.get(selector.name or "", set()) | SCRAPED
            wrong += [f"{selector.name}{{{one.name}}}" for one in selector.matchers.matchers if one.name not in has]
        offered = {"le"} | SCRAPED | {label for name in self.figures for label in known.get(name, ())}
        return wrong + [f"by {label}" for label in sorted(self.labels - offered)]

    def _look(self, node: Expr) -> None:
        if isinstance(node, VectorSelector):
            self.selectors.append(node)
        elif isinstance(node, AggregateExpr) and node.modifier is not None:
            self.labels.update(node.modifier.labels)
        elif isinstance(node, BinaryExpr) and node.modifier is not None:
            matching = node.modifier.matching
            self.labels.update((*(matching.labels if matching else ()), *(node.modifier.group_labels or ())))


def read_values(scrape: str) -> dict[tuple[str, ...], float]:
    """Return each sample of *scrape* by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(scrape)
        for sample in family.samples
    }
