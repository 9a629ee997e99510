"""What a search costs that is only its SQL: `/bare/NUMBER` runs the statements that one request of the mix ran."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from catalog.urls import urlpatterns as of_the_shop


@cache
def statements() -> list[list[str]]:
    """For each request of the mix, its statements in order, with their values in them."""
    found: list[list[str]] = json.loads(Path(os.environ["LOAD_STATEMENTS"]).read_text(encoding="utf-8"))
    return found


@csrf_exempt
def bare(request: HttpRequest, number: int) -> JsonResponse:
    """Every row is fetched, none is looked at."""
    rows = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements()[number]:
            cursor.execute(statement)
            rows += len(cursor.fetchall()) if cursor.description else 0
    return JsonResponse({"rows": rows})


urlpatterns = [*of_the_shop, path("bare/<int:number>", bare)]
