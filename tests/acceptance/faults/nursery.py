"""A process with the shop loaded, from which workers, beats and writers are forked without seconds of imports.

It reads one job a line from its standard input and answers each with a line; when its input ends, all of its children
are killed. `python -m tests.acceptance.faults.nursery` is started by `processes.Nursery`.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1


def load() -> None:
    """Import and set up what every child needs; opens no connection, starts no thread."""
    import django
    import kombu.transport.filesystem
    import kombu.transport.redis  # noqa: F401

    django.setup()
    import catalog.celery  # noqa: F401
    import product_search.tasks  # noqa: F401
    from product_search.text import terms

    from . import saves  # noqa: F401

    for language in ("en", "de"):  # what a language needs is loaded with its first text
        list(terms("warm", language))


def main() -> None:
    """Fork a child for each job until the input ends."""
    _die_with_parent()
    load()
    statuses: dict[int, int | None] = {}
    print(json.dumps({"pid": os.getpid()}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        if job["role"] == "status":
            print(json.dumps({"status": _status(statuses, job["pid"])}), flush=True)
            continue
        child = os.fork()
        if child == 0:
            _run(job)
        statuses[child] = None
        print(json.dumps({"pid": child}), flush=True)
    for pid in statuses:
        if _status(statuses, pid) is None:
            os.killpg(pid, signal.SIGKILL)


def _status(statuses: dict[int, int | None], pid: int) -> int | None:
    """None while it runs, else its exit status, or the negative number of the signal that ended it."""
    if statuses[pid] is None and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        # What it started goes with it, now: until it is waited for nobody else can have its number.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        statuses[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return statuses[pid]


def _run(job: Mapping[str, Any]) -> NoReturn:
    status = 1
    try:
        os.setsid()
        _die_with_parent()
        with open(os.devnull) as nothing, open(job["log"], "ab") as log:
            os.dup2(nothing.fileno(), 0)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        _configure(job)
        _ROLES[job["role"]](job)
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _die_with_parent() -> None:
    """Nothing outlives a test run, not even one that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _configure(job: Mapping[str, Any]) -> None:
    """This world's database, broker, pictures and settings, and the point at which this process dies."""
    import dj_database_url
    from django.conf import settings
    from django.db import connections

    from product_search.indexing import marking

    from .inside import encoder, points

    world = job["world"]
    connections.settings["default"].update(  # as the reference shop's
        dj_database_url.parse(world["database"], conn_max_age=60, conn_health_checks=True)
    )
    settings.MEDIA_ROOT = world["media"]
    settings.CELERY_BROKER_URL = world["broker"]
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = world["broker_options"]
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, **world["settings"]}
    encoder.calls = Path(world["calls"])
    if world["early_mark_seconds"] is not None:
        marking.EARLY_MARK_SECONDS = world["early_mark_seconds"]
    if job.get("point") is not None:
        points.armed = points.Armed(**job["point"])


def _celery(job: Mapping[str, Any]) -> None:
    """`celery -A catalog ...` with the job's arguments."""
    from catalog.celery import app

    app.start(argv=job["arguments"])


def _save(job: Mapping[str, Any]) -> None:
    from . import saves

    saves.run(saves.Plan(**job["plan"]), Path(job["outcomes"]))


def _command(job: Mapping[str, Any]) -> None:
    """`manage.py ...` with the job's arguments."""
    from django.core.management import call_command

    call_command(*job["arguments"])


def _template(job: Mapping[str, Any]) -> None:
    """Tables, the first generation and space, and the shop's stock."""
    from django.core.management import call_command

    from product_search.indexing import work

    from . import saves

    call_command("migrate", verbosity=0)
    work.prepare("default")
    saves.stock()


def _fresh(job: Mapping[str, Any]) -> None:
    """Rename and search, side by side."""
    from . import fresh

    fresh.run(job["saves"], job["per_second"], job["seed"], Path(job["found"]))


_ROLES = {"celery": _celery, "save": _save, "command": _command, "template": _template, "fresh": _fresh}


if __name__ == "__main__":
    main()
