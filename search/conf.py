"""The plugin's settings: one dict, `PRODUCT_SEARCH`, read live into one typed, immutable object.

Nothing is frozen at import, so `override_settings` works as it does for Django's own settings.
"""

from __future__ import annotations

import difflib
import sys
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from typing import Any, Literal

from django.conf import settings as django_settings

from .errors import ImproperSettings
from .setting_values import SETTING, SHOPPERS, Problem, names_in, one_of, value_problems

ACTIONS = (*SHOPPERS, "explain")

__all__ = [
    "ACTIONS",
    "SETTING",
    "SHOPPERS",
    "Conf",
    "Problem",
    "names_in",
    "one_of",
    "problems",
    "product_model_name",
    "settings",
]


def _setting(
    meaning: str, *, default: Any = MISSING, minimum: float | None = None, secret: bool = False
) -> Any:
    metadata = {"meaning": meaning, "minimum": minimum, "secret": secret}
    if default is MISSING:
        return field(metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Conf:
    """Every setting with its type, default and meaning; the key in `PRODUCT_SEARCH` is the name in capitals."""

    product_model: str = _setting("The shop's product model, `app_label.Model`, as in AUTH_USER_MODEL.")
    document: str = _setting(
        "Dotted path of the class that describes a product: `shop.documents.ProductDocument`."
    )
    encoder: str = _setting(
        "The model: `ViT-B-32:laion2b_s34b_b79k`, `hf-hub:org/name`, `local-dir:/path`, or `hash:64` in tests."
    )
    runtime: Literal["torch", "openvino", "onnx"] = _setting(
        "What runs the model: `torch`, or `openvino` or `onnx` (ONNX Runtime) after `manage.py encoder export`; these "
        "are extras of the same names, give the same vectors sooner, and need no torch.",
        default="torch",
    )
    int8: bool = _setting(
        "The model's weights in 8 bits: sooner, with a small loss of recall and vectors of their own; with RUNTIME "
        "`onnx` alone.",
        default=False,
    )
    device: str = _setting(
        "Where torch computes: `cpu`, or `cuda` (`cuda:1`, ...) for a GPU, in larger batches.", default="cpu"
    )
    precision: Literal["float32", "bfloat16", "float16"] = _setting(
        "How exactly the model computes: `bfloat16` is sooner on processors that have it (AMX, AVX-512 BF16; others "
        "stay with `float32`), `float16` on GPUs, and by OpenVINO where the processor has it. The space is the same.",
        default="float32",
    )
    encoder_socket: str = _setting(
        "Path of the Unix socket of this host's encoder process (`manage.py encoder serve`), which then has the model "
        "for all web processes and workers; empty: each has its own.",
        default="",
    )
    query_cache: str = _setting(
        "The cache in CACHES that keeps the vectors of queries for all processes and hosts, such as Redis; empty: each "
        "process keeps the latest for itself.",
        default="",
    )
    models_dir: str = _setting(
        "Folder of exported models; empty is `product-search/models` in the user's cache.", default=""
    )
    enabled: bool = _setting("False switches everything off: no marks, no work, no search.", default=True)
    queue: str | None = _setting(
        "Celery queue of the plugin's tasks; None is the host's default queue.", default=None
    )
    triggers: bool = _setting(
        "The shop relies on database triggers (`manage.py triggers install`); a check says when they are not in step.",
        default=False,
    )
    replicas: str = _setting(
        "Aliases in DATABASES of replicas that searches read, with commas between (docs/scaling.md).",
        default="",
    )
    most_behind: int = _setting("Seconds behind at which a replica is no longer read.", default=5, minimum=1)
    allow_untrained: bool = _setting("Accept `NAME:untrained` as ENCODER; for tests only.", default=False)
    import_workers: int = _setting(
        "Worker processes that an import may keep busy at once; each holds the model. More than one wants a QUEUE of "
        "its own.",
        default=1,
        minimum=1,
    )
    batch_products: int = _setting("Products that one lease takes, at most.", default=256, minimum=1)
    batch_bytes: int = _setting(
        "Bytes of texts and picture files that a batch may have before the next one takes fewer products; picture "
        "files are held in memory in pieces of this size.",
        default=64_000_000,
        minimum=1,
    )
    lease_seconds: int = _setting(
        "How long a worker may hold a batch before another may take it.", default=60, minimum=1
    )
    sweep_seconds: int = _setting(
        "How often beat looks for marks that no wake-up reached.", default=10, minimum=1
    )
    silent_seconds: int = _setting(
        "Without a sign of life for so long, and for six sweeps, a worker or beat counts as stopped.",
        default=60,
        minimum=1,
    )
    max_attempts: int = _setting(
        "Failures of one product before it is parked for a person to see.", default=6, minimum=1
    )
    retry_seconds: int = _setting(
        "Pause after the first failure; doubles with each further one.", default=5, minimum=0
    )
    retry_longest_seconds: int = _setting("Longest pause between two attempts.", default=3600, minimum=0)
    keep_vectors_days: int = _setting(
        "How long a vector without a product is kept for reuse.", default=7, minimum=0
    )
    reconcile_hours: int = _setting(
        "Hours between two quick comparisons of shop and index by the sweep; 0 is only when asked.",
        default=24,
        minimum=0,
    )
    deep_reconcile_days: int = _setting(
        "Days between two deep ones, which read every picture file again; 0 is only when asked.",
        default=0,
        minimum=0,
    )
    max_upload_bytes: int = _setting("Largest picture accepted, in bytes.", default=20_000_000, minimum=1)
    max_picture_pixels: int = _setting("Largest picture decoded, in pixels.", default=50_000_000, minimum=1)
    max_video_bytes: int = _setting("Largest video read, in bytes.", default=100_000_000, minimum=1)
    max_video_seconds: int = _setting("Longest video read, in seconds.", default=600, minimum=1)
    picture_networks: str = _setting(
        "Networks beside the public internet that pictures may be fetched from, `10.1.2.0/24, ...`; for intranets and "
        "tests.",
        default="",
    )
    picture_urls: bool = _setting(
        "Whether shoppers may search with a picture by its address (`picture_url`): it is fetched from the public "
        "internet alone.",
        default=False,
    )
    metrics_token: str = _setting(
        "Whoever sends it as `Authorization: Bearer ...` may read v1/metrics; without one only signed-in staff may.",
        default="",
        secret=True,
    )
    anonymous: str = _setting(
        "What may be asked without a key, from pages of the shop's own origin; empty: nothing, but for staff.",
        default=", ".join(SHOPPERS),
    )
    cache: str = _setting(
        "The cache in CACHES in which requests are counted; one that all processes share.", default="default"
    )
    rate_per_address: int = _setting(
        "Requests a minute of one address (IPv6: of one /64) to the API; 0 is any number.",
        default=1200,
        minimum=0,
    )
    rate_per_key: int = _setting(
        "Requests a minute with one key that says no rate itself, by all who use it; 0 is any number.",
        default=0,
        minimum=0,
    )
    proxies: int | None = _setting(
        "How many proxies in front add to X-Forwarded-For, which says the address behind them; 0: none. None, as"
        " shipped: requests with that header are not counted by address.",
        default=None,
        minimum=0,
    )
    leg_size: int = _setting(
        "Rows each vector leg contributes; more costs time (1,000 at most).", default=200, minimum=1
    )
    searches_at_once: int | None = _setting(
        "Searches, and whatever else asks the index, that one process does at once; four times as many wait for "
        "BUSY_WAIT_MS, the rest are refused (503, `busy`). None is as many as it may use cores, 2 at least.",
        default=None,
        minimum=1,
    )
    busy_wait_ms: int = _setting(
        "How long a search waits at most until the process has a place for it, in milliseconds.",
        default=500,
        minimum=0,
    )
    cursor_minutes: int = _setting(
        "How long the list is kept that a cursor walks through, from when it begins.", default=30, minimum=1
    )
    ef_search: int | None = _setting(
        "How widely an approximate scan of vectors looks (hnsw.ef_search, 1,000 at most): more finds more and takes "
        "longer. None is twice LEG_SIZE; `manage.py measure_recall` proposes one.",
        default=None,
        minimum=10,
    )
    relevance_floor: float = _setting(
        "Calibrated relevance, 0 to 1, below which a product is not shown.", default=0.5, minimum=0.0
    )
    vector_weight: float = _setting(
        "Share of the vector legs in the fused score, 0 to 1.", default=0.5, minimum=0.0
    )
    priors_weight: float = _setting(
        "What clicks of shoppers may add to a product's score or take from it, at most; all words of a query count 1. "
        "0 switches that off.",
        default=0.1,
        minimum=0.0,
    )
    priors_half_life_days: int = _setting(
        "Clicks count half as much when they are so many days old.", default=30, minimum=1
    )
    personal_weight: float = _setting(
        "What a shopper's taste, from products viewed, may add to a product's score, at most; all words of a query "
        "count 1. 0, as shipped, is no personal ranking; 0.2 is a good beginning.",
        default=0.0,
        minimum=0.0,
    )
    thesaurus: bool = _setting(
        "A word that no product says is looked for by what a thesaurus has near to it: couch by sofa. English ships.",
        default=True,
    )
    thesaurus_dir: str = _setting(
        "Folder of thesauri for other languages, or in place of the one that ships: `manage.py thesaurus` writes them.",
        default="",
    )
    described_weight: float = _setting(
        "Of a search by picture: the share, 0 to 1, of what products say beside what they look like.",
        default=0.75,
        minimum=0.0,
    )
    alt_texts: bool = _setting(
        "Words for pictures are suggested in each of the document's languages, for merchants to review.",
        default=False,
    )
    captioner: str = _setting(
        "Dotted path of a function `(pictures, language) -> words` whose words are offered beside the suggestions; "
        "empty: none.",
        default="",
    )
    events: bool = _setting(
        "Searches, and what follows them, are recorded for reports and learning: hashed, without personal data.",
        default=False,
    )
    events_days: int = _setting(
        "How long events are kept, in days; what they add up to stays for ROLL_UPS_DAYS.",
        default=90,
        minimum=1,
    )
    roll_ups_days: int = _setting("How long the sums of each day are kept, in days.", default=800, minimum=1)
    events_per_second: int = _setting(
        "Events that one process records a second; more are dropped and counted.", default=500, minimum=1
    )
    attribution_minutes: int = _setting(
        "How long after a search a click, a cart or an order may be its doing, in minutes (1,440 at most).",
        default=1440,
        minimum=1,
    )
    visitor: str = _setting(
        "Dotted path of a function `(request) -> str` that tells visitors apart, in place of the session's key, or of "
        "address and browser; it is hashed with a key that is forgotten every day.",
        default="",
    )


def product_model_name() -> str:
    """`app_label.Model` of the shop's product, for migrations: it needs no other setting.

    Raises `ImproperSettings` when the setting is missing.
    """
    raw = _raw()
    name = raw.get("PRODUCT_MODEL")
    if not isinstance(name, str) or name.count(".") != 1:
        raise ImproperSettings(
            f'{SETTING}["PRODUCT_MODEL"] is {name!r}; expected "app_label.Model", e.g. "catalog.Product".'
        )
    return name


def settings() -> Conf:
    """The settings as they are now; raises `ImproperSettings` naming the first thing to fix."""
    raw = _raw()
    try:
        return _parse(tuple(sorted(raw.items())))
    except TypeError:  # an unhashable value: report it by name instead of caching it
        problem = next(problems(raw), None)
        raise ImproperSettings(str(problem)) from None


def problems(raw: Mapping[str, Any] | None = None) -> Iterator[Problem]:
    """Everything wrong with the settings, most basic first; the system check prints these."""
    raw = _raw() if raw is None else raw
    known = {spec.name.upper(): spec for spec in fields(Conf)}
    types = typing.get_type_hints(Conf)
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(str(key).upper(), known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(sorted(known))}."
            yield Problem("E001", f'{SETTING}["{key}"] is not a setting.', hint)
    for key, spec in known.items():
        if key not in raw:
            if spec.default is MISSING:
                yield Problem(
                    "E002", f'{SETTING}["{key}"] is missing.', f"Add it. {spec.metadata['meaning']}"
                )
            continue
        yield from value_problems(key, spec, types[spec.name], raw)


def _raw() -> Mapping[str, Any]:
    raw = getattr(django_settings, SETTING, None)
    if not isinstance(raw, Mapping):
        raise ImproperSettings(
            f"settings.{SETTING} is {raw!r}; expected a dict with at least PRODUCT_MODEL, DOCUMENT and ENCODER."
        )
    return raw


@lru_cache(maxsize=32)
def _parse(items: tuple[tuple[str, Any], ...]) -> Conf:
    raw = dict(items)
    problem = next(problems(raw), None)
    if problem is not None:
        raise ImproperSettings(str(problem))
    return Conf(**{key.lower(): value for key, value in raw.items()})


if __name__ == "__main__":
    from .settings_page import main

    main(sys.argv[1:])
