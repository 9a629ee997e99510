"""The index as Prometheus metrics, read from the database when they are asked for.

So any web process answers for all workers, and none has to be scraped. Needs the extra `metrics`; nothing imports this
module but the view.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from ..indexing import heartbeat
from ..indexing.health import Health, health
from ..indexing.pulse import BEAT, WORKER
from ..indexing.sizes import sizes
from ..indexing.sweep import HEARTBEAT
from ..indexing.work import database
from . import shedding


def exposition(accept: str) -> tuple[bytes, str]:
    """All metrics in the format that `accept` asks for, and its content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(IndexCollector())
    try:
        encode, content_type = choose_encoder(accept)
    except (TypeError, ValueError):  # a version that is no number
        encode, content_type = choose_encoder("")
    return encode(registry), content_type


class IndexCollector(Collector):
    """Health, signs of life and sizes of the index at this moment; a host may register it in a registry of its own."""

    def collect(self) -> Iterator[Metric]:
        """Every metric family, read from the database now."""
        now, using = health(), database()
        yield from _state(now)
        yield from _work(now)
        yield _refused(using)
        yield _signs(using)
        yield from _spaces(now)
        yield from _generations(now)
        yield from _replicas(now)
        yield from _sizes(using)


def _gauge(
    name: str, text: str, label: str, samples: Iterable[tuple[str, float | None]]
) -> GaugeMetricFamily:
    """One sample for each value of `label`; what is None is left out."""
    family = GaugeMetricFamily(f"product_search_{name}", text, labels=[label])
    for value, number in samples:
        if number is not None:
            family.add_metric([value], number)
    return family


def _state(now: Health) -> Iterator[Metric]:
    yield GaugeMetricFamily("product_search_enabled", "1 unless search is switched off.", value=now.enabled)
    yield GaugeMetricFamily("product_search_serving", "1 while searches can be answered.", value=now.serving)
    stops = [problem.stops for problem in now.problems]
    yield _gauge(
        "problems",
        "Problems that v1/health names, by whether nothing is indexed because of them.",
        "stops",
        (("true", stops.count(True)), ("false", stops.count(False))),
    )
    yield _gauge(
        "products",
        "Products by the state of their index entry; from 20,000 on an estimate.",
        "state",
        ((state, getattr(now, state)) for state in ("fresh", "waiting", "failing", "parked")),
    )


def _work(now: Health) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "product_search_marks", "Changes in the shop that no worker took up yet.", value=now.marks
    )
    yield GaugeMetricFamily(
        "product_search_oldest_mark_age_seconds",
        "Age of the oldest of them; 0 without any.",
        value=now.oldest_mark_s or 0.0,
    )
    remaining = now.remaining_s if now.waiting or now.marks else 0.0
    if remaining is not None:
        yield GaugeMetricFamily(
            "product_search_remaining_seconds", "About how long until nothing waits.", value=remaining
        )
    done = CounterMetricFamily(
        "product_search_processed_products",
        "Products that workers took care of, by what became of them.",
        labels=["outcome"],
    )
    for outcome in ("indexed", "removed", "failed"):
        done.add_metric([outcome], getattr(now.throughput, outcome))
    yield done


def _refused(using: str) -> Metric:
    return CounterMetricFamily(
        "product_search_refused_searches",
        "Searches refused as busy, as all web processes wrote it down every few seconds.",
        value=shedding.refused(using),
    )


def _signs(using: str) -> Metric:
    family = GaugeMetricFamily(
        "product_search_last_seen_timestamp_seconds",
        "When each process last gave a sign of life.",
        labels=["process", "name"],
    )
    clock = time.time()
    for kind in (WORKER, BEAT, HEARTBEAT):
        for name, (age, _detail) in heartbeat.ages(kind, using=using).items():
            family.add_metric([kind.rstrip(":"), name.removeprefix(kind)], clock - age)
    return family


def _spaces(now: Health) -> Iterator[Metric]:
    info = InfoMetricFamily("product_search_space", "Embedding spaces.", labels=["space"])
    vectors = GaugeMetricFamily(
        "product_search_space_vectors", "Vectors of each kind, about.", labels=["space", "kind"]
    )
    for each in now.spaces:
        number = str(each.space.pk)
        info.add_metric([number], {"name": each.space.name, "state": each.space.state})
        vectors.add_metric([number, "text"], each.texts)
        vectors.add_metric([number, "picture"], each.pictures)
    yield info
    yield vectors
    yield _gauge(
        "space_filled_ratio",
        "How far a space is that is being filled.",
        "space",
        ((str(each.space.pk), each.filling.share) for each in now.spaces if each.filling),
    )


def _generations(now: Health) -> Iterator[Metric]:
    info = InfoMetricFamily(
        "product_search_generation",
        "Generations of texts, one for each version of the document.",
        labels=["generation"],
    )
    for each in now.generations:
        info.add_metric([str(each.generation.pk)], {"state": each.generation.state})
    yield info
    yield _gauge(
        "generation_filled_ratio",
        "How far a generation is that is being filled.",
        "generation",
        ((str(each.generation.pk), each.filling.share) for each in now.generations if each.filling),
    )


def _replicas(now: Health) -> Iterator[Metric]:
    for name, text, attribute in (
        ("replica_in_service", "1 while searches are sent to a replica.", "in_service"),
        ("replica_behind_seconds", "Age of the last commit it replayed; 0 where it has all.", "behind_s"),
        ("replica_behind_bytes", "Write-ahead log that it has not replayed.", "behind_bytes"),
    ):
        yield _gauge(name, text, "replica", ((each.alias, getattr(each, attribute)) for each in now.replicas))


def _sizes(using: str) -> Iterator[Metric]:
    found = sizes(using)
    for name, text, attribute in (
        ("table_rows", "Rows of each table, about.", "rows"),
        ("table_size_bytes", "Each table on disk, without its indexes.", "table"),
        ("table_indexes_size_bytes", "The indexes of each table on disk.", "indexes"),
    ):
        yield _gauge(name, text, "table", ((size.name, getattr(size, attribute)) for size in found))
