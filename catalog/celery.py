"""The shop's Celery app; a plain `celery -A catalog worker` does the plugin's work as well."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalog.settings")

# By its name in CELERY_BROKER_URL, which goes before CELERY_BROKER_TRANSPORT.
TRANSPORT_ALIASES["filesystem"] = "catalog.broker:Transport"

app = Celery("catalog")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def make_broker_folders(sender: Celery, **kwargs: Any) -> None:
    """The filesystem broker drops a message whose folder does not exist yet."""
    options = sender.conf.broker_transport_options
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(parents=True, exist_ok=True)
