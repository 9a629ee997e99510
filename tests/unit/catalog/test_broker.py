"""Messages of the filesystem broker are whole whenever a worker may see them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from kombu.exceptions import ChannelError

from catalog.broker import Transport
from catalog.celery import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    return tmp_path


def connection(folder: Path) -> Any:
    """The shop's own app, with the messages in `folder`. Kombu keeps bindings for a process: queues differ by test."""
    options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
    }
    return app.connection_for_write("filesystem://", transport_options=options)


def test_the_shop_uses_it() -> None:
    with app.connection_for_write("filesystem://") as broker:
        assert type(broker.transport) is Transport


def test_what_is_put_is_taken_in_order(folder: Path) -> None:
    with connection(folder) as broker, broker.SimpleQueue(folder.name) as queue:
        for body in ({"product": 1}, {"name": "Schüssel"}):
            queue.put(body)
            assert queue.get(timeout=5).payload == body


def test_a_message_is_whole_from_its_first_moment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    replace = os.replace

    def look(source: Any, target: Any) -> None:
        with connection(folder) as other, other.SimpleQueue(folder.name) as queue:
            assert queue.qsize() == 0, "no worker sees it while it is written"
        replace(source, target)
        seen.append(Path(target).read_text(encoding="utf-8"))

    monkeypatch.setattr(os, "replace", look)
    with connection(folder) as broker, broker.SimpleQueue(folder.name) as queue:
        queue.put({"product": 1})
    assert [json.loads(text)["headers"] for text in seen] == [{}]


def test_a_folder_that_is_gone_is_named(folder: Path) -> None:
    with connection(folder) as broker, broker.SimpleQueue(folder.name) as queue:
        (folder / "messages").rmdir()
        with pytest.raises(ChannelError, match="messages"):
            queue.put({"product": 1})
