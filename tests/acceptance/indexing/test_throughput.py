"""How fast a worker is beside what it can't do without: the model's own pictures a second, and the decoders'.

Everything is compared within one run, in turns. The model is ViT-B-32 with random weights, which takes the time of
the trained one. Pictures are photographs (phones' pictures of clothes, at most 192 pixels a side) where
../shared/data is there, else the rendered catalogue's.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from catalog.models import Product, ProductImage
from product_search import encoders, images
from product_search.encoders.clip import load_clip
from product_search.indexing import index_pending, work
from product_search.indexing.sweep import find_products
from product_search.models import Entry, PictureVector, TextVector
from tests import database
from tests.acceptance import reports
from tests.acceptance.conftest import CATALOGUE, ROOT
from tests.acceptance.indexing.conftest import database_url
from tests.acceptance.shops import with_this_repository
from tests.benchmarks import shelf

DIM = 512
VIT = "ViT-B-32:untrained"
PHOTOGRAPHS = ROOT.parent / "shared" / "data" / "clothing-cc0" / "images.zip"
#: Longer side in pixels of what shops upload; the photographs are enlarged to it.
SHOP_SIDE = 1000
TURNS = 4
#: Workers of the text-only products: one for each core, as Celery starts them by itself.
WORKERS = 2


@pytest.fixture
def emptied(transactional_db: None) -> Iterator[None]:
    yield
    database.empty()


def pictures(count: int) -> tuple[str, list[bytes]]:
    """What they are, and so many files, no two alike where there are as many."""
    if PHOTOGRAPHS.exists():
        with zipfile.ZipFile(PHOTOGRAPHS) as archive:
            names = [name for name in archive.namelist() if name.endswith(".webp")]
            return "photographs", [archive.read(name) for name in names[:count]]
    files = sorted((CATALOGUE / "images").glob("*.webp"))
    return "rendered", [path.read_bytes() for path in files[:count]]


def enlarged(data: bytes) -> bytes:
    """A picture as a JPEG of the size that shops upload."""
    with Image.open(io.BytesIO(data)) as small:
        scale = SHOP_SIDE / max(small.size)
        large = small.convert("RGB").resize((round(small.width * scale), round(small.height * scale)))
    buffer = io.BytesIO()
    large.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def with_pictures(files: Sequence[bytes], each: int) -> None:
    """Products with `each` pictures and one title among them all: what is new are the pictures."""
    number = Product.objects.count()
    products = Product.objects.bulk_create(
        Product(sku=f"P{number + place}", slug=f"p{number + place}", name="Mug")
        for place in range(-(-len(files) // each))
    )
    ProductImage.objects.bulk_create(
        ProductImage(
            product=products[place // each],
            position=place,
            image=default_storage.save("speed/picture", ContentFile(data)),
        )
        for place, data in enumerate(files)
    )
    wait_for_work()


def wait_for_work() -> None:
    """Entries for all products that were written past the signals."""
    while find_products("default"):
        pass


def in_turns(files: Sequence[bytes], turns: int) -> list[Sequence[bytes]]:
    share = len(files) // turns
    return [files[turn * share : (turn + 1) * share] for turn in range(turns)]


def measure_model(count: int, settings: Any, turns: int) -> dict[str, Any]:
    """Pictures a second of the bare model on decoded tensors, and of a worker on the same files."""
    import torch

    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": VIT, "ALLOW_UNTRAINED": True}
    torch.set_num_threads(os.cpu_count() or 1)
    encoder = encoders.get_encoder()
    bare = load_clip(encoders.parse(VIT), offline=True).model
    work.prepare("default")
    kind, files = pictures(count + 32)
    with_pictures(files[count:], each=2)
    index_pending()  # the model, the decoders and the connection are warm
    limits = images.host_limits(reduce_to=2 * encoder.info.image_size)
    seconds: dict[str, list[float]] = {"bare": [], "worker": []}
    for part in in_turns(files[:count], turns):
        pixels = torch.stack(
            [encoders.prepare(encoder, images.unpack(data, limits=limits).image) for data in part]
        )
        begun = time.perf_counter()
        with torch.inference_mode():
            for start in range(0, len(part), 32):
                bare.encode_image(pixels[start : start + 32])
        seconds["bare"].append(time.perf_counter() - begun)
        with_pictures(part, each=2)
        begun = time.perf_counter()
        assert index_pending().indexed == -(-len(part) // 2)
        seconds["worker"].append(time.perf_counter() - begun)
    assert PictureVector.objects.exclude(product=None).count() >= count // turns * turns
    return {"pictures": kind, **speeds(seconds, count // turns)}


def measure_decoding(count: int, settings: Any, turns: int, *, large: bool) -> dict[str, Any]:
    """Pictures a second of the bare decoders, and of a worker with an encoder that costs nothing."""
    from .lone_worker import FreeEncoder

    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": f"hash:{DIM}"}
    encoders.forget()
    work.prepare("default")
    kind, files = pictures(count + 32)
    count = min(count, len(files) - 32)
    if large:
        files = [enlarged(data) for data in files]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders.loading, "HashEncoder", FreeEncoder)
        encoders.forget()
        with_pictures(files[count:], each=2)
        index_pending()
        limits = images.host_limits(reduce_to=2 * encoders.get_encoder().info.image_size)
        seconds: dict[str, list[float]] = {"bare": [], "worker": []}
        with ThreadPoolExecutor(images.MOST) as pool:
            for part in in_turns(files[:count], turns):
                begun = time.perf_counter()
                list(pool.map(lambda data: images.decode_apart(data, limits=limits), part))
                seconds["bare"].append(time.perf_counter() - begun)
                with_pictures(part, each=2)
                begun = time.perf_counter()
                assert index_pending().indexed == -(-len(part) // 2)
                seconds["worker"].append(time.perf_counter() - begun)
    encoders.forget()
    return {"pictures": kind, "count": count, **speeds(seconds, count // turns)}


def speeds(seconds: dict[str, list[float]], each: int) -> dict[str, float]:
    """Pictures a second of both, and the ratio: the median of that of each turn."""
    ratios = [bare / worker for bare, worker in zip(seconds["bare"], seconds["worker"], strict=True)]
    found = {f"{way}_per_second": round(each * len(times) / sum(times), 2) for way, times in seconds.items()}
    return {**found, "ratio": round(statistics.median(ratios), 4)}


def measure_texts(count: int, warm: int, workers: int) -> dict[str, Any]:
    """Products a second of so many workers for those first `warm` and for all, and the memory, in MB, of the one that
    grew most from then on.
    """
    shelf.stock(count, pictures=False)
    wait_for_work()
    with ExitStack() as stack:
        running = [stack.enter_context(lone_worker()) for _ in range(workers)]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        with ThreadPoolExecutor(workers) as pool:  # all are listened to, or one would wait for us
            said = list(pool.map(lambda process: process.communicate(), running))
    assert all(process.returncode == 0 for process in running), "".join(errors for _, errors in said)[-4000:]
    lines = [[json.loads(line) for line in output.splitlines()] for output, _ in said]
    assert sum(each[-1]["products"] for each in lines) == count
    assert not Entry.objects.exclude(done=1).exists()
    assert TextVector.objects.exclude(product=None).count() == 2 * count
    first, seconds = when_done(lines, min(warm, count))
    later = [[line["bytes"] for line in each if line["seconds"] >= seconds] for each in lines]
    most = max(filter(None, later), key=lambda sizes: max(sizes) / sizes[0])
    return {
        "workers": workers,
        "first": first,
        "first_per_second": round(first / seconds),
        "all_per_second": round(count / max(each[-1]["seconds"] for each in lines)),
        "first_mb": round(most[0] / 1e6, 1),
        "most_mb": round(max(most) / 1e6, 1),
        "growth": round(max(most) / most[0] - 1, 4),
    }


def when_done(lines: Sequence[Sequence[dict[str, Any]]], products: int) -> tuple[int, float]:
    """How many products all workers had done together, and after how many seconds, when it was `products` at least."""
    done = [0] * len(lines)
    said = sorted(
        (line["seconds"], worker, line["products"]) for worker, each in enumerate(lines) for line in each
    )
    for seconds, worker, so_many in said:
        done[worker] = so_many
        if sum(done) >= products:
            return sum(done), seconds
    raise AssertionError(f"{sum(done)} products were done, not {products}")


def lone_worker() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.indexing.lone_worker"],
        cwd=ROOT,
        env={
            **with_this_repository(),
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "TEST_ENCODER": f"hash:{DIM}",
            "SHOP_DEBUG": "0",  # Django keeps every statement otherwise
            "SHOP_SECRET_KEY": "throughput " * 5,
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.usefixtures("emptied")
def test_a_worker_keeps_its_decoders_busy(settings, tmp_path):
    """A third would do here, beside other tests; the full size asks for more."""
    settings.MEDIA_ROOT = tmp_path
    assert measure_decoding(90, settings, 3, large=True)["ratio"] > 0.33


@pytest.mark.usefixtures("emptied")
def test_texts_pass_in_batches():
    found = measure_texts(1500, 1000, WORKERS)
    assert found["all_per_second"] > 150


@pytest.mark.acceptance_size(name="throughput")
@pytest.mark.usefixtures("emptied")
def test_throughput_at_full_size(settings, tmp_path, transactional_db):
    asked = {name: int(value) for name, value in reports.asked("throughput").items()}
    settings.MEDIA_ROOT = tmp_path
    large = measure_decoding(asked["decoded_pictures"], settings, TURNS, large=True)
    small = measure_decoding(asked["decoded_pictures"], settings, TURNS, large=False)
    start_anew()
    one = measure_texts(asked["text_products"], asked["text_products"], 1)
    start_anew()
    texts = measure_texts(asked["memory_products"], asked["text_products"], WORKERS)
    start_anew()
    model = measure_model(asked["vit_pictures"], settings, TURNS)
    reports.write_report(
        "throughput",
        sizes={
            "vit_pictures": asked["vit_pictures"],
            "text_products": texts["first"],
            "decoded_pictures": large["count"],
            "memory_products": asked["memory_products"],
        },
        seeds={"shelf": shelf.SEED},
        result={
            "model": model,
            "decoding": large,
            "decoding_small": small,
            "texts": texts,
            "texts_of_one": one,
        },
    )
    assert model["ratio"] >= 0.95
    assert texts["first_per_second"] >= 2000
    assert large["ratio"] >= 0.7
    assert texts["growth"] < 0.1


def start_anew() -> None:
    """As migrations made the tables, without a product."""
    database.empty()
    encoders.forget()
