"""docs/examples/mobile: every line, run by curl in a shell as it stands, finds what its photograph shows."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.models import Product
from product_search.keys import make_key
from product_search.testing import index_now
from tests.acceptance import doc_text
from tests.integration.api.conftest import fill, picture_bytes

PAGE = (doc_text.ROOT / "docs" / "examples" / "mobile" / "README.md").read_text(encoding="utf-8")


def sent(line: str, variables: dict[str, str], folder: Path) -> Any:
    """The JSON that a line of curl is answered: by curl itself, and on a machine without it as our docs' lines are."""
    if shutil.which("curl") is None:
        told = doc_text.curl(
            line, variables={f"${name}": value for name, value in variables.items()}, folder=folder
        )
        assert told.status == 200, (line, told)
        return told.body
    settings = " ".join(f"{name}={value}" for name, value in variables.items())
    ran = subprocess.run(
        ["bash", "-eu", "-c", f"{settings}\n{line} --fail-with-body"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, (line, ran.stdout, ran.stderr)
    return json.loads(ran.stdout)


@pytest.mark.parametrize("with_curl", [True, False])
def test_what_a_phone_sends_by_curl(
    live_server: Any,
    transactional_db: None,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_curl: bool,
) -> None:
    if not with_curl:
        monkeypatch.setattr(shutil, "which", lambda name: None)
    settings.MEDIA_ROOT = tmp_path / "media"
    products = fill()
    Product.objects.update(stock=1)
    (tmp_path / "photo.jpg").write_bytes(picture_bytes("blue"))
    index_now()
    shop, *lines = doc_text.commands(PAGE)
    assert shop == "SHOP=http://127.0.0.1:8000/search KEY=..."
    _, token = make_key("The app")
    variables = {"SHOP": f"{live_server.url}/search", "KEY": token}
    alone, with_words, weighted, suggested = [sent(line, variables, tmp_path) for line in lines]
    blue = products[2].pk
    assert alone["hits"][0]["id"] == blue
    assert blue in [hit["id"] for hit in with_words["hits"]]
    assert {hit["card"]["title"].split()[1] for hit in with_words["hits"]} == {"mug"}
    prices = [Product.objects.get(pk=hit["id"]).price for hit in weighted["hits"]]
    assert products[2].price in prices
    assert prices == sorted(prices)
    assert suggested.keys() >= {"queries", "products"}
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")
