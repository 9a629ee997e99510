"""The filesystem broker of a shop on one machine, with messages that are never seen half-written.

Kombu's own opens a message under its final name and then writes it, while a worker takes whatever it finds there: an
empty file is no JSON, and the worker ends.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Messages get the name that workers look for once they are whole."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}"
        folder = Path(self.data_folder_out)
        written, whole = folder / f"{name}.writing", folder / f"{name}.{queue}.msg"
        try:
            written.write_text(dumps(payload), encoding="utf-8")
            os.replace(written, whole)
        except OSError as error:
            raise ChannelError(f"Cannot add {whole} to the broker's folder: {error}") from error


class Transport(filesystem.Transport):
    """What `filesystem://` means to the shop (see celery.py); options as those of Kombu's own."""

    Channel = Channel
