"""Pictures that lie on other people's servers, as a Django storage whose names are addresses."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

from ..conf import settings
from ..images.addresses import networks


class RemotePictures(Storage):
    """Reads by `images.fetching`, from the public internet and PICTURE_NETWORKS; stores and lists nothing."""

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        """At most MAX_UPLOAD_BYTES + 1 bytes; raises `images.addresses.FetchFailed`."""
        from ..images.fetching import (
            fetch,  # the only caller: shops without remote pictures load no HTTP client
        )

        conf = settings()
        return ContentFile(
            fetch(name, limit=conf.max_upload_bytes, allowed=networks(conf.picture_networks)), name=name
        )

    def url(self, name: str | None) -> str:
        """The address itself."""
        return name or ""
