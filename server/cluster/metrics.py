"""Prometheus metrics of a node among others."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.cluster.cluster import Cluster


class ClusterCollector(Collector):
    """Reads the counts of a node at the scrape."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        cluster = self._cluster
        bus, members, watch = cluster.context.bus, cluster.context.membership, cluster.supervision
        stats = cluster.context.hub.stats
        refused = cluster.refused + bus.refused + cluster.topics.refused
        others = 0 if members.is_cut_off else len(members.others)
        yield GaugeMetricFamily("rondo_node_others", "Other nodes that live", others)
        yield GaugeMetricFamily("rondo_node_deaf", "Whether Redis does not answer", int(members.is_cut_off))
        yield GaugeMetricFamily("rondo_node_redis_seconds", "Time Redis took for the last heartbeat", watch.beat_s)
        yield GaugeMetricFamily("rondo_node_links", "Sockets here of users owned elsewhere", len(cluster.edges))
        yield GaugeMetricFamily("rondo_node_attached", "Users owned here with sockets elsewhere", len(cluster.attached))
        yield GaugeMetricFamily("rondo_node_posted", "Tickets in the index of this node", len(cluster.sharing.index))
        yield CounterMetricFamily("rondo_node_deaths", "Other nodes found dead", watch.deaths)
        yield CounterMetricFamily("rondo_node_link_resets", "Links between nodes that were reset", bus.resets)
        yield CounterMetricFamily("rondo_node_refused", "Messages of unknown kind", refused)
        sent = {"out": bus.sent, "in": bus.received}
        yield _counts("rondo_node_bus_messages", "Messages between nodes", "direction", sent, "out in")
        frames = stats.forwarded
        yield _counts("rondo_node_frames", "Frames between edges and owners", "direction", frames, "up down")
        outcomes = "in out refused dropped"
        yield _counts("rondo_node_moves", "Users that moved between nodes", "outcome", stats.moves, outcomes)


def _counts(name: str, text: str, label: str, counts: Mapping[str, int], values: str) -> CounterMetricFamily:
    """Return a counter for each of *values* of *label*."""
    family = CounterMetricFamily(name, text, labels=(label,))
    for value in values.split():
        family.add_metric((value,), counts[value])
    return family
