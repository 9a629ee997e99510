"""`manage.py index` as people and machines end it, and `--watch` when something is wrong for a while."""

from __future__ import annotations

import os
import signal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from product_search import encoders
from product_search.indexing.health import health
from product_search.management.commands import index
from product_search.models import Entry, Space, Text
from product_search.testing import index_now

pytestmark = pytest.mark.django_db


class NotHandled(BaseException):
    """SIGTERM came through to the test."""


@pytest.fixture
def guarded():
    """A command that does not take SIGTERM itself must fail its test, not end the test run."""

    def fail(number, frame):
        raise NotHandled

    before = signal.signal(signal.SIGTERM, fail)
    yield
    assert signal.signal(signal.SIGTERM, before) is fail, "the command did not put the handler back"


@pytest.mark.usefixtures("guarded")
def test_sigterm_gives_back_what_was_begun(make, monkeypatch):
    for number in range(3):
        make(f"Mug {number}")
    encode = type(encoders.get_encoder()).encode_texts

    def interrupted(self, texts, **options):
        assert Entry.objects.filter(lease__isnull=False).count() == 3
        os.kill(os.getpid(), signal.SIGTERM)
        return encode(self, texts, **options)

    monkeypatch.setattr(type(encoders.get_encoder()), "encode_texts", interrupted)
    with pytest.raises(CommandError, match="waits for the next run") as ended:
        call_command("index", verbosity=0)
    assert ended.value.returncode == 130
    assert Entry.objects.filter(lease=None, leased_until=None, attempts=0, done=0).count() == 3
    monkeypatch.undo()
    call_command("index", stdout=StringIO(), verbosity=0)
    assert Text.objects.filter(language="en").count() == 3


def test_the_watcher_tells_what_keeps_it_from_working_and_goes_on_when_it_is_mended(make, monkeypatch):
    index_now()
    serving = Space.objects.get()
    # As when another model lies where the space's own was.
    Space.objects.update(name="hash:32", digest="0" * 64)
    causes = []

    def meanwhile(seconds):
        """What happens while the watcher rests, one step at a time."""
        causes.append(
            next((problem.cause for problem in health().problems if "worker reports" in problem.cause), "")
        )
        match len(causes):
            case 1:
                make("Striped mug")
            case 4:
                Space.objects.update(name=serving.name, digest=serving.digest)
            case 8:
                raise KeyboardInterrupt

    monkeypatch.setattr(index.time, "sleep", meanwhile)
    out, errors = StringIO(), StringIO()
    call_command("index", "--watch", stdout=out, stderr=errors)
    said = out.getvalue()
    assert "was made with other weights" in causes[3]
    assert causes[-1] == ""
    assert said.count("was made with other weights") == 1  # not again with every try
    assert said.index("was made with") < said.index("Back at work.")
    assert Text.objects.filter(fields__title="Striped mug").exists()
    assert "Stopped;" in errors.getvalue()
    assert not [
        problem for problem in health().problems if "worker" in problem.cause or "sweep" in problem.cause
    ]
