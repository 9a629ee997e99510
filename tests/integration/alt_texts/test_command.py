from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from product_search import tasks
from product_search.management.commands import alt_text
from product_search.models import AltText
from product_search.tagging import tag_pending

from .conftest import Desk


def test_it_writes_for_everything_and_says_how_many(desk: Desk) -> None:
    desk.product("Shirt", "red", "red")
    out, errors = StringIO(), StringIO()
    call_command("alt_text", stdout=out, stderr=errors, verbosity=0)
    assert "manage.py tag" in errors.getvalue()
    assert " ".join(out.getvalue().split()) == (
        "language suggested accepted edited rejected de 2 0 0 0 en 2 0 0 0"
    )


@pytest.mark.parametrize("setting", ["ENABLED", "ALT_TEXTS"])
def test_switched_off_it_says_which_setting(desk: Desk, settings: Any, setting: str) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, setting: False}
    with pytest.raises(CommandError, match=setting):
        call_command("alt_text")
    desk.product("Shirt", "red")
    tasks.alt_text_task()
    assert not AltText.objects.exists()


def test_a_captioner_that_is_not_there_is_named(desk: Desk, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "CAPTIONER": "nobody.knows"}
    desk.product("Shirt", "red")
    with pytest.raises(CommandError, match=r'"CAPTIONER"\] is "nobody.knows"'):
        call_command("alt_text", verbosity=0)


def test_stopped_it_says_that_the_next_run_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(alt_text, "write_pending", stop)
    with pytest.raises(CommandError, match="goes on from here"):
        call_command("alt_text", verbosity=0)


def test_a_task_that_is_not_done_asks_for_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.product("Shirt", "red")
    tag_pending()
    asked: list[int] = []
    monkeypatch.setattr(
        tasks.alt_text_task, "apply_async", lambda **options: asked.append(options["expires"])
    )
    monkeypatch.setattr(tasks, "WORK_SECONDS", 0.0)
    tasks.alt_text_task()
    assert len(asked) == 1
    monkeypatch.setattr(tasks, "WORK_SECONDS", 20.0)
    tasks.alt_text_task()
    assert len(asked) == 1
    assert AltText.objects.count() == 2
