"""The embedding space of a model that was just trained, beside the serving one, whose model must not be touched."""

from __future__ import annotations

from pathlib import Path

from .. import encoders
from ..conf import settings
from ..errors import ProductSearchError, SpaceMissing
from ..indexing import spaces
from ..models import Space, State


class ModelInUse(ProductSearchError):
    """The folder to train into holds a model that searches need; the message names its space."""


def model_name(output: Path) -> str:
    """The ENCODER of a model's folder."""
    return f"local-dir:{output.resolve()}"


def require_free(output: Path, *, using: str) -> None:
    """Raise `ModelInUse` where the model in `output` serves searches, or stands by for going back to."""
    needed = (State.SERVING, State.STANDBY)
    space = Space.objects.using(using).filter(name=model_name(output), state__in=needed).first()
    if space is not None:
        raise ModelInUse(
            f"{output} holds the model of space {space.pk}, which is {space.state}: other weights there would leave "
            "searches without it. Give --output another folder."
        )


def require_serving(*, using: str) -> None:
    """Raise `SpaceMissing` while nothing serves: the first space of a shop would serve unseen."""
    if Space.serving(using) is None:
        raise SpaceMissing(
            "No embedding space serves yet, so there is none to stand beside. Run `manage.py index` first, or train "
            "without --into-space and set ENCODER."
        )


def outgrown(made: Space, *, using: str) -> list[Space]:
    """Spaces of earlier weights under the name of `made`: nothing can be searched or embedded in them any more."""
    return list(Space.objects.using(using).filter(name=made.name).exclude(pk=made.pk).order_by("pk"))


def make(output: Path, *, using: str) -> Space:
    """The space of the model in `output`, to be filled; exported first where RUNTIME is not torch.

    Raises `OwnerNeeded` where this role may not make tables.
    """
    require_serving(using=using)
    name = model_name(output)
    if settings().runtime != "torch":
        encoders.export(name)
    encoders.forget()  # what was loaded of this name before it was trained on
    return spaces.create(encoders.load(name).info, using=using, name=name)
