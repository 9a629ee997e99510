"""What a demo runs with: each pair of catalogue and model has its own database, pictures and broker, so that going
back and forth between them mixes nothing and repeats no work."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from ..postgres import url_of
from .errors import DemoFailed

REPOSITORY = Path(__file__).resolve().parent.parent.parent
FIXTURES = REPOSITORY / "fixtures" / "catalogue"
#: Set in the environment of a demo that has been given its settings.
PLANNED = "SHOP_DEMO_PLANNED"


@dataclass(frozen=True)
class Plan:
    """Where a demo keeps its things: `home` is shared by all demos (Postgres), `state` is this one's own."""

    home: Path
    state: Path
    database: str
    catalogue: Path
    encoder: str
    port: int

    @property
    def postgres(self) -> Path:
        """The embedded server's folder."""
        return self.home / "postgres"

    @property
    def url(self) -> str:
        """The shop's address."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """The environment of every process of the demo; settings read it."""
        ours = {
            PLANNED: "1",
            "DJANGO_SETTINGS_MODULE": "catalog.settings",
            "SHOP_STATE": str(self.state),
            "SHOP_DEBUG": "1",
            "DATABASE_URL": url_of(self.postgres, self.database),
            "PYTHONUNBUFFERED": "1",
            # Web and worker share the machine: torch's threads of both would wait for each other, and a query that
            # takes 8 ms on one thread took 600 ms on two cores that were busy.
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        }
        if self.encoder:
            ours["SHOP_ENCODER"] = self.encoder
        # A machine's own broker, cache or pictures are not the demo's to fill.
        foreign = {
            "CELERY_BROKER_URL",
            "CACHE_URL",
            "SHOP_MEDIA_ROOT",
            "SHOP_STATIC_ROOT",
            "SHOP_ALLOWED_HOSTS",
        }
        return {name: value for name, value in os.environ.items() if name not in foreign} | ours


def plan(*, home: Path, catalogue: str, model: str, port: int) -> Plan:
    """The demo of a catalogue (a folder, a CSV, or "" for the one that ships) with a model ("" for the one that ships).

    Raises `DemoFailed` when the catalogue or the model's folder is not there.
    """
    source = Path(catalogue).expanduser().resolve() if catalogue else FIXTURES
    if not source.exists():
        hint = "Name a folder or a CSV: CATALOGUE=path." if catalogue else "Run `manage.py render_catalogue`."
        raise DemoFailed(f"There is no catalogue at {source}. {hint}")
    encoder = _encoder(model)
    home = home.resolve()
    if not catalogue and not encoder:
        return Plan(home, home, "postgres", source, "", port)
    key = hashlib.sha256(f"{source}\n{encoder}".encode()).hexdigest()[:10]
    return Plan(home, home / "shops" / key, f"shop_{key}", source, encoder, port)


def _encoder(model: str) -> str:
    """A folder is named as `local-dir:`; everything else is a model's name as in the settings."""
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        return f"local-dir:{folder.resolve()}"
    if model.startswith(("/", "./", "../", "~")):
        raise DemoFailed(
            f"There is no model at {folder}. Name a folder or a model, as in MODEL=ViT-B-32:laion2b_s34b_b79k."
        )
    return model
