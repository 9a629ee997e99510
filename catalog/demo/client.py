"""A small HTTP client with cookies, files and forms: what a browser without JavaScript does."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin

TIMEOUT_S = 60.0

Fields = Sequence[tuple[str, str]]
#: Field name to (file name, content).
Files = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True)
class Page:
    """An answer: where it came from after redirects, its status and its text."""

    url: str
    status: int
    text: str

    def json(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.text)


class Client:
    """Talks to one site and remembers its cookies. A 4xx or 5xx is a `Page`, not an exception."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str, **parameters: str) -> Page:
        """GET a path of the site."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self._open(urllib.request.Request(urljoin(self.root, path) + query))  # noqa: S310

    def post(self, path: str, fields: Fields = (), files: Files | None = None) -> Page:
        """POST fields, and files, as multipart/form-data; redirects are followed."""
        boundary = secrets.token_hex(16)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Referer": urljoin(self.root, path),
        }
        body = _multipart(boundary, fields, files or {})
        return self._open(urllib.request.Request(urljoin(self.root, path), body, headers))  # noqa: S310

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return Page(answer.url, answer.status, answer.read().decode())
        except HTTPError as error:
            with error:
                return Page(error.url or request.full_url, error.code, error.read().decode(errors="replace"))


def form_fields(html: str, form_id: str) -> list[tuple[str, str]]:
    """The fields that a browser would send for the form with this id if nobody touched it, buttons and files aside."""
    reader = _FormReader(form_id)
    reader.feed(html)
    return reader.fields


class _FormReader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.fields: list[tuple[str, str]] = []
        self._inside = False
        self._select = ""
        self._textarea = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name = values.get("name", "")
        if tag == "form":
            self._inside = values.get("id") == self.form_id
        if not self._inside:
            return
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in values:
            self.fields.append((self._select, values.get("value", "")))
        elif tag == "textarea":
            self._textarea, self._text = name, []
        elif tag == "input" and name and _is_sent(values):
            # A ticked box without a value says "on".
            default = "on" if values.get("type") in ("checkbox", "radio") else ""
            self.fields.append((name, values.get("value", default)))

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._textarea:
            # A browser drops the line break that follows the opening tag.
            text = "".join(self._text).removeprefix("\r\n").removeprefix("\n")
            self.fields.append((self._textarea, text))
            self._textarea = ""


def _is_sent(values: Mapping[str, str]) -> bool:
    kind = values.get("type", "text")
    if kind in ("checkbox", "radio"):
        return "checked" in values
    return kind not in ("submit", "button", "file", "image")


def _multipart(boundary: str, fields: Fields, files: Files) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    for name, (filename, content) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()
