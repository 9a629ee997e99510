"""The worker's loop: take marks, lease a batch, read it, embed what is new, write it under the same token."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError, router, transaction

from .. import encoders
from ..conf import settings
from ..documents import document
from ..documents.reading import ProductContent, read_products
from ..encoders import EncoderUnavailable
from ..errors import SpaceMissing
from ..models import Entry, Generation, Space, State, Text
from . import claim, generations, spaces
from .claim import Lease
from .content import TextContent, picture_files, terms_of, texts_of
from .embedding import PictureRow, Vectors, embed_pictures, embed_texts
from .throughput import tallied
from .write import Prepared, printable, record_failure, write

logger = logging.getLogger(__name__)

#: Products in the first batch of a run.
FIRST_BATCH = 8
#: While new products wait, those that failed or were left by a dead worker are looked for no more often than this.
RETRIES_EVERY_SECONDS = 1.0


@dataclass
class Report:
    """What a run did: products indexed, removed because they are gone, and the error of each that failed."""

    indexed: int = 0
    removed: int = 0
    failed: dict[Any, str] = field(default_factory=dict)
    #: The time was up before the work was done.
    unfinished: bool = False

    @property
    def products(self) -> int:
        """How many products were taken care of."""
        return self.indexed + self.removed + len(self.failed)


def database() -> str:
    """The alias of the database that holds the side tables."""
    return router.db_for_write(Entry)


def prepare(using: str) -> Space:
    """Make what the first indexing needs and is missing: the document's generation, and a space for ENCODER.

    Returns the serving space. Needs the right to create tables when there is none yet.
    """
    generations.current(using, revive=True)
    serving = Space.objects.using(using).filter(state=State.SERVING).first()
    if serving is not None:
        return serving
    return spaces.create(encoders.get_encoder().info, using=using, name=settings().encoder)


def index_pending(
    *, seconds: float | None = None, progress: Callable[[Report], None] | None = None
) -> Report:
    """Index in this process whatever waits and is due, for at most about `seconds`.

    Raises `SpaceMissing` before the first space is made, `GenerationRetired` in a process with an older document, and
    `EncoderUnavailable` when a space's model does not load here; nothing is lost then, the products go on waiting.
    """
    report = Report()
    if not settings().enabled:
        return report
    using = database()
    with tallied(using, lambda: (report.indexed, report.removed, len(report.failed))) as tick:

        def show(report: Report) -> None:
            tick()
            if progress is not None:
                progress(report)

        _index_pending(using, report, seconds, show)
    return report


def _index_pending(
    using: str, report: Report, seconds: float | None, progress: Callable[[Report], None]
) -> None:
    deadline = None if seconds is None else time.monotonic() + seconds
    pace = Pace()
    retried = float("-inf")
    while True:
        taken = claim.expand(using)
        leases = [claim.lease(using, limit=pace.products)]
        if leases == [None] or time.monotonic() - retried >= RETRIES_EVERY_SECONDS:
            retried = time.monotonic()
            leases += [claim.lease(using, "failed", limit=pace.products), claim.lease(using, "left")]
        found = [lease for lease in leases if lease is not None]
        for lease in found:
            pace.saw(len(lease.wanted), index_leased(using, lease, report))
            progress(report)
        if not found and not taken:
            return
        if deadline is not None and time.monotonic() >= deadline:
            report.unfinished = True
            return


@dataclass
class Pace:
    """How many products the next batch takes: BATCH_PRODUCTS, or as many as have BATCH_BYTES by what the last one had.

    It begins small and doubles, so that heavy products are met by a few and not by a whole batch.
    """

    products: int = 0

    def __post_init__(self) -> None:
        self.products = min(FIRST_BATCH, settings().batch_products)

    def saw(self, products: int, size: int) -> None:
        """Learn from a batch of `products` whose texts and files had `size` bytes."""
        conf = settings()
        fitting = products * conf.batch_bytes // max(size, 1)
        self.products = max(1, min(2 * self.products, fitting, conf.batch_products))


def index_leased(using: str, lease: Lease, report: Report) -> int:
    """Index one leased batch; where it fails as a whole, each product by itself, so that one holds up no other.

    Returns the bytes of texts and picture files that were read.
    """
    try:
        generation = generations.current(using)
        batch = _prepare(using, lease, generation, spaces.live(using))
        written = write(using, lease, generation, batch.spaces, batch.products, batch.gone, batch.vectors)
    except (OperationalError, InterfaceError):
        raise  # the database went away: the lease ends by itself
    except (
        EncoderUnavailable,
        SpaceMissing,
        generations.GenerationRetired,
        KeyboardInterrupt,
        SystemExit,
    ):
        claim.release(using, lease)
        raise
    except Exception as error:
        whole = printable("".join(traceback.format_exception(error)))
        if len(lease.wanted) > 1:
            logger.warning(
                "A batch of %d products failed as a whole, so each is indexed by itself: %s",
                len(lease.wanted),
                whole,
                extra={"event": "batch_failed", "lease": lease.token, "products": len(lease.wanted)},
            )
            return sum(
                index_leased(using, Lease(lease.token, {key: wanted}), report)
                for key, wanted in lease.wanted.items()
            )
        ((key, mark),) = lease.wanted.items()
        said = printable(f"{type(error).__name__}: {error}")
        logger.warning(
            "Product %s could not be indexed: %s",
            key,
            whole,
            extra={"event": "product_failed", "product": key, "mark": mark, "lease": lease.token},
        )
        # A list shows the first line; whoever mends it needs to know where it came from.
        record_failure(using, lease, key, f"{said}\n{whole}")
        report.failed[key] = said
        return 0
    for product in batch.products:
        if product.key in written:
            if product.retry:
                report.failed[product.key] = product.retry
            else:
                report.indexed += 1
    report.removed += len(written.intersection(batch.gone))
    return batch.size


@dataclass(frozen=True)
class _Batch:
    spaces: list[Space]
    products: list[Prepared]
    gone: list[Any]
    vectors: Vectors
    #: Bytes of texts and picture files.
    size: int


def _prepare(using: str, lease: Lease, generation: Generation, live: list[Space]) -> _Batch:
    """Read, hash and embed a batch, outside any transaction; the lease is renewed as long as we get on."""

    renewed = time.monotonic()

    def alive() -> None:
        nonlocal renewed
        if time.monotonic() - renewed > settings().lease_seconds / 4:
            claim.renew(using, lease)
            renewed = time.monotonic()

    shop = document()
    with transaction.atomic(using=using):  # a savepoint inside a TestCase: a failed read must not spoil it
        contents = read_products(shop, lease.wanted)
    texts = {key: tuple(texts_of(content)) for key, content in contents.items()}
    vectors = Vectors()
    embed_texts([text for each in texts.values() for text in each], live, vectors, using=using, alive=alive)
    pictures: dict[Any, list[PictureRow]] = {key: [] for key in contents}
    size = sum(len(value) for each in texts.values() for text in each for value in text.fields.values())
    for files in picture_files(list(contents.values()), alive=alive):
        size += sum(len(file.data) for file in files)
        for key, row in embed_pictures(files, live, vectors, using=using, alive=alive):
            pictures[key].append(row)
    stored = _stored_texts(using, generation, contents)
    products = [
        Prepared(
            key,
            texts[key],
            {
                text.language: terms_of(text)
                for text in texts[key]
                if stored.get((key, text.language)) != _stored(text)
            },
            tuple(pictures[key]),
        )
        for key in contents
    ]
    gone = [key for key in lease.wanted if key not in contents]
    return _Batch(live, products, gone, vectors, size)


def _stored_texts(
    using: str, generation: Generation, contents: dict[Any, ProductContent]
) -> dict[tuple[Any, str], tuple[Any, str]]:
    """By product and language, what is stored: equal texts of one generation have equal terms."""
    rows = Text.objects.using(using).filter(generation=generation, product__in=list(contents))
    return {
        (key, language): (fields, digest)
        for key, language, fields, digest in rows.values_list("product", "language", "fields", "digest")
    }


def _stored(text: TextContent) -> tuple[Any, str]:
    return dict(text.fields), text.digest
