"""`manage.py tag`, and tags that come by themselves with indexing."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from product_search import tasks
from product_search.management.commands import tag
from product_search.models import Attribute

from .conftest import Office


def test_it_tags_everything_and_says_how(office: Office) -> None:
    office.product("Shirt", "red")
    out = StringIO()
    call_command("tag", stdout=out, verbosity=0)
    assert office.tags() == {"Shirt": "colour: red"}
    said = " ".join(out.getvalue().split())
    assert "colour 1 0 0 0.900 nothing" in said


def test_without_a_vocabulary_it_says_where_to_write_one(db: None) -> None:
    with pytest.raises(CommandError, match="in the admin"):
        call_command("tag")


def test_stopped_it_says_that_the_next_run_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tag, "tag_pending", stop)
    with pytest.raises(CommandError, match="goes on from here"):
        call_command("tag", verbosity=0)


def test_switched_off_nothing_is_tagged(office: Office, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    with pytest.raises(CommandError, match="ENABLED"):
        call_command("tag")
    tasks.tag_task()
    assert office.tags() == {}


def test_a_task_that_is_not_done_asks_for_another(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.product("Shirt", "red")
    asked: list[int] = []
    monkeypatch.setattr(tasks.tag_task, "apply_async", lambda **options: asked.append(options["expires"]))
    monkeypatch.setattr(tasks, "WORK_SECONDS", 0.0)
    tasks.tag_task()
    assert asked == [tasks.TAG_EXPIRES_SECONDS]
    monkeypatch.setattr(tasks, "WORK_SECONDS", 20.0)
    tasks.tag_task()
    assert len(asked) == 1
    assert office.tags() == {"Shirt": "colour: red"}


def test_without_the_model_the_task_leaves_it_to_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office.product("Shirt", "red")
    monkeypatch.setattr(office.shelf.encoder, "encode_texts", lambda texts, **_: office.missing())
    tasks.tag_task()
    assert "Nothing was tagged" in caplog.text
    assert Attribute.objects.get().threshold is None
