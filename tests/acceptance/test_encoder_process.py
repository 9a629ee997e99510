"""One encoder process for a host: killed, searches go on by words and say so; started again, they are whole at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from catalog.models import Product
from product_search import encoders
from product_search.documents import SearchScope
from product_search.retrieval import EncoderUnavailable, SearchRequest, search
from product_search.testing import index_now

ROOT = Path(__file__).resolve().parents[2]
EN = SearchScope(language="en")
#: The encoder process is to be back in use so many seconds after it listens again.
BACK_SECONDS = 5.0


@contextmanager
def serving(path: Path) -> Iterator[subprocess.Popen[str]]:
    """`manage.py encoder serve`, once it listens; killed at the end."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SHOP_ENCODER_SOCKET": str(path),
    }
    command = [sys.executable, "manage.py", "encoder", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert "is served at" in process.stdout.readline()
            yield process
        finally:
            process.kill()


@pytest.fixture
def path(tmp_path, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER_SOCKET": str(tmp_path / "encoder.sock")}
    encoders.forget()
    yield tmp_path / "encoder.sock"
    encoders.forget()


@pytest.mark.django_db
def test_killed_searches_go_on_by_words_and_back_they_are_whole(path):
    Product.objects.create(sku="A", name="red mug", published=True)
    with serving(path) as process:
        index_now()
        assert search(SearchRequest("a red mug"), EN).notices == ()
        process.kill()
        process.wait()
        answer = search(SearchRequest("one mug, red"), EN)
        assert answer.total == 1
        assert answer.notices == ("keywords-only: the encoder does not answer",)
        assert search(SearchRequest("a red mug"), EN).notices == (), "its vector is kept"
        with pytest.raises(EncoderUnavailable):
            search(SearchRequest(picture=Image.new("RGB", (8, 8))), EN)
    with serving(path) as process:
        back = time.monotonic()
        while search(SearchRequest(f"mug {time.monotonic_ns()}"), EN).notices:
            assert time.monotonic() - back < BACK_SECONDS
            time.sleep(0.1)
        process.terminate()
        assert process.wait(10) == 0
        assert not path.exists(), "it ends by itself and leaves no socket"
    encoders.forget()
    assert search(SearchRequest("mug red"), EN).notices == ("keywords-only: the encoder does not answer",)
