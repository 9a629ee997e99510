"""The plugin's admin pages in German: none of our own texts is left in English."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from catalog.models import Product
from product_search.merchandising.changing import save_draft
from product_search.merchandising.content import Content, Pin, Synonym
from product_search.models import (
    AltText,
    AltTextDecision,
    Attribute,
    AttributeValue,
    Doubt,
    Duplicate,
    Entry,
    Heartbeat,
    Mark,
    Picture,
    RuleChange,
    Space,
    Tag,
    Verdict,
)
from product_search.tagging.deciding import Subject, decide
from product_search.testing import index_now
from tests.pictures import picture_bytes, picture_file
from tests.unit.test_locale import written

pytestmark = pytest.mark.django_db
ADMIN = "/admin/product_search"


class Texts(HTMLParser):
    """What a reader sees or hears of a page, text by text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.language = ""
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._hidden += tag in ("script", "style", "code", "pre")
        if tag == "html":
            self.language = given.get("lang") or ""
        if (given.get("src") or "").endswith("admin/img/search.svg"):
            return  # Django's own lens is called "Search" in every language
        names = ("alt", "aria-label", "title", "placeholder")
        self.texts += [given[name] or "" for name in names if name in given]
        if tag == "input" and given.get("type") == "submit":
            self.texts.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.texts.append(" ".join(data.split()))


#: Our English texts that are other in German; with gaps, what stands before the first of them.
ENGLISH = {
    text
    for text, german in ((key.rpartition("\4")[2], german) for key, german in written("search").items())
    if [text.lower()] != [each.lower() for each in german]
}
BEGINNINGS = tuple(text.partition("%")[0] for text in ENGLISH if len(text.partition("%")[0]) > 12)


def english(texts: list[str]) -> list[str]:
    """Those of `texts` that are ours and English."""
    return [
        text
        for text in texts
        if (text in ENGLISH or text.rstrip(":,.").lower() in ENGLISH or text.startswith(BEGINNINGS))
    ]


def pages() -> dict[str, str]:
    """Every kind of page that the plugin adds to an admin, by what it is."""
    entry, mark, space = Entry.objects.first(), Mark.objects.first(), Space.objects.first()
    picture = Picture.objects.first()
    dismissed = Duplicate.objects.get(state="dismissed")
    assert entry
    assert mark
    assert space
    assert picture
    change = RuleChange.objects.get()
    return {
        "a rule's preview": f"{ADMIN}/rulechange/{change.rule}/preview/?q=mug",
        "what became of rules": f"{ADMIN}/rulechange/",
        "a change of a rule": f"{ADMIN}/rulechange/{change.pk}/change/",
        "the desk": f"{ADMIN}/desk/",
        "clicks on products": f"{ADMIN}/dailysearches/products/",
        "searches by picture": f"{ADMIN}/dailysearches/pictures/",
        "the index": f"{ADMIN}/index/",
        "what changes of it": f"{ADMIN}/index/now/",
        "entries": f"{ADMIN}/entry/",
        "entries that failed": f"{ADMIN}/entry/?state=parked",
        "an entry": f"{ADMIN}/entry/{entry.pk}/change/",
        "marks": f"{ADMIN}/mark/",
        "a mark": f"{ADMIN}/mark/{mark.pk}/change/",
        "spaces": f"{ADMIN}/space/",
        "a space": f"{ADMIN}/space/{space.pk}/change/",
        "pictures": f"{ADMIN}/picture/",
        "a picture": f"{ADMIN}/picture/{picture.pk}/change/",
        "pairs": f"{ADMIN}/duplicate/",
        "a pair": f"{ADMIN}/duplicate/review/",
        "a decided pair": f"{ADMIN}/duplicate/{dismissed.pk}/change/",
        "the review of tags": f"{ADMIN}/tag/",
        "a group of the review": f"{ADMIN}/tag/group/?attribute=colour&value=red",
        "accepting many": f"{ADMIN}/tag/accept/?attribute=colour&value=red",
        "decisions": f"{ADMIN}/decision/",
        "doubts": f"{ADMIN}/doubt/",
        "a doubt": f"{ADMIN}/doubt/review/",
        "alt texts": f"{ADMIN}/alttext/?language=de",
        "rejected alt texts": f"{ADMIN}/alttext/?language=de&state=rejected",
        "alt texts that nobody edited": f"{ADMIN}/alttext/?language=de&state=edited",
        "decisions on alt texts": f"{ADMIN}/alttextdecision/",
        "the playground": f"{ADMIN}/playground/",
        "what the playground finds": f"{ADMIN}/playground/?q=helicopter+mug&relevance_floor=.4&missing=mug",
        "the playground asked too much": f"{ADMIN}/playground/?user=nobody&picture=x&q=" + "mug+" * 101,
        "products": "/admin/catalog/product/",
        "found products": "/admin/catalog/product/?q=mug",
        "a picture that is gone": "/admin/catalog/product/?picture=x",
        "too many words": "/admin/catalog/product/?q=" + "mug+" * 101,
    }


@pytest.fixture
def troubled(settings: Any, tmp_path: Path) -> None:
    """A shop with everything that a page can tell of: products fresh, waiting and parked, a worker long gone."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    mug = Product.objects.create(sku="A", name="Red mug")
    mug.images.create(image=picture_file())
    parked = Product.objects.create(sku="B", name="Lamp")
    failing = Product.objects.create(sku="C", name="Vase")
    index_now()
    Entry.objects.filter(pk=parked.pk).update(parked=True, wanted=9, attempts=5, error="ValueError: no")
    Entry.objects.filter(pk=failing.pk).update(wanted=9, attempts=2, error="ValueError: 'no'")
    for name in ("worker:a@here", "beat:b", "sweep"):
        Heartbeat.objects.create(name=name)
    Heartbeat.objects.update(beaten_at=timezone.now() - timedelta(hours=5))
    Product.objects.create(sku="D", name="Blue mug")
    save_draft("Sommer", Content(actions=(Pin((str(mug.pk),)), Synonym(("Tasse",), ("mug",)))))
    shown = {"picture": str(mug.images.get().pk), "other_picture": "9", "kind": "same_file"}
    Duplicate.objects.create(product=mug.pk, other=parked.pk, **shown)
    decided = {"state": "dismissed", "decided_by": "admin", "decided_at": timezone.now()}
    Duplicate.objects.create(product=mug.pk, other=failing.pk, **shown, **decided)
    place: dict[str, Any] = {"product": mug.pk, "picture": str(mug.images.get().pk), "language": "de"}
    AltText.objects.create(**place, text="Tasse", suggestion="Tasse", caption="Tasse auf Tisch")
    AltText.objects.create(**{**place, "picture": "9"}, text="Schale", state="rejected")
    decision = {"text": "Tasse", "state": "accepted", "state_before": "suggested", "who": "admin"}
    AltTextDecision.objects.create(**place, **decision)
    colour = Attribute.objects.create(name="colour", translations={"de": "Farbe"})
    AttributeValue.objects.create(attribute=colour, value="red", translations={"de": "Rot"})
    for product, state in ((mug, "suggested"), (parked, "rejected"), (failing, "suggested")):
        Tag.objects.create(product=product.pk, attribute="colour", value="red", probability=0.97, state=state)
    decide(Subject(failing.pk, "colour", "red"), Verdict.ACCEPTED, by="admin", using="default")
    Doubt.objects.create(
        product=mug.pk, picture="9", kind="other", sure=0.95, like=parked.pk, like_picture="8"
    )


def test_no_page_is_half_english(troubled: None, admin_client: Client) -> None:
    left = {}
    for name, address in pages().items():
        answer = admin_client.get(address, headers={"Accept-Language": "de"})
        assert answer.status_code == 200, name
        found = Texts(answer.text)
        assert found.language == ("" if "now" in address else "de"), name
        assert found.texts, name
        if texts := english(found.texts):
            left[name] = texts
    assert left == {}


def test_that_nothing_is_to_be_decided_is_said_in_german(troubled: None, admin_client: Client) -> None:
    Duplicate.objects.all().delete()
    Doubt.objects.all().delete()
    for kind, said in (("duplicate", "Kein Paar ist offen"), ("doubt", "Kein Bild wird bezweifelt")):
        answer = admin_client.get(f"{ADMIN}/{kind}/review/", headers={"Accept-Language": "de"})
        assert english(Texts(answer.text).texts) == []
        assert said in answer.text


def test_what_is_wrong_is_said_in_german(troubled: None, admin_client: Client) -> None:
    german = {"Accept-Language": "de"}
    page = admin_client.get(f"{ADMIN}/index/", headers=german).text
    assert "Auf der Standard-Queue wurde seit 18000 s kein Worker gesehen." in page
    assert "<code>celery -A catalog worker</code>" in page
    assert "1 Produkt ist nach wiederholten Fehlern geparkt." in page
    address = "/admin/catalog/product/by-picture/"
    for data, said in (
        (b"text", "Die Datei ist kein Bild"),
        (b"", "Die Datei ist leer"),
        (picture_bytes()[:60], "Das Bild bricht ab"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Solche Dateien werden nicht gelesen"),
    ):
        upload = SimpleUploadedFile("mine.png", data, content_type="image/png")
        answer = admin_client.post(address, {"picture": upload}, follow=True, headers=german)
        assert said in answer.text, data[:10]


def test_english_would_be_noticed(troubled: None, admin_client: Client) -> None:
    texts = Texts(admin_client.get(f"{ADMIN}/index/", headers={"Accept-Language": "en"}).text).texts
    assert len(english(texts)) > 20
