"""Connects."""


def connect() -> None: ...
