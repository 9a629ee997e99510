"""The vocabulary and the tags in the admin: edited as lines, tried before it is used, decided beside the pictures."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from product_search.models import Attribute, AttributeValue, Decision, Tag, TagState, Verdict
from product_search.tagging import deciding, tag_pending
from tests.integration.tagging.conftest import AXES, Office, office, shelf, shelf_factory

__all__ = ["office", "shelf", "shelf_factory"]


@pytest.fixture
def shop(office: Office) -> Office:
    office.product("Shirt one", "red")
    office.product("Shirt two", "blue")
    tag_pending()
    return office


def form(attribute: Attribute | None = None, *values: str, **fields: Any) -> dict[str, Any]:
    """What the page of an attribute sends."""
    known = list(attribute.values.all()) if attribute is not None else []
    data: dict[str, Any] = {
        "name": "colour",
        "choice": "single",
        "enabled": "on",
        "position": "0",
        "promised": "0.9",
        "templates": "{}",
        "none_prompts": "other",
        "background_prompts": "text",
        "values-TOTAL_FORMS": len(known) + len(values),
        "values-INITIAL_FORMS": len(known),
        **fields,
    }
    for at, value in enumerate(known):
        data |= {
            f"values-{at}-id": value.pk,
            f"values-{at}-attribute": value.attribute_id,
            f"values-{at}-value": value.value,
            f"values-{at}-position": value.position,
        }
    for at, name in enumerate(values, start=len(known)):
        data |= {f"values-{at}-value": name, f"values-{at}-position": at}
    return data


def test_an_attribute_is_written_with_its_values_as_lines(admin_client: Client, db: None) -> None:
    address = reverse("admin:product_search_attribute_add")
    assert admin_client.get(address).status_code == 200
    data = form(None, "red", templates="a {}, as it is\n{}", translations="de: Farbe\nfr: Couleur")
    data |= {"values-0-synonyms": "crimson\nscarlet, dark", "values-0-translations": "de: Rot"}
    assert admin_client.post(address, data).status_code == 302
    attribute = Attribute.objects.get()
    assert attribute.templates == ["a {}, as it is", "{}"]
    assert attribute.translations == {"de": "Farbe", "fr": "Couleur"}
    red = attribute.values.get()
    assert (red.synonyms, red.translations) == (["crimson", "scarlet, dark"], {"de": "Rot"})
    page = admin_client.get(reverse("admin:product_search_attribute_change", args=[attribute.pk]))
    assert "de: Farbe\nfr: Couleur" in page.content.decode()
    assert "preview/" in page.content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"templates": "no place"}, "needs {} once"),
        ({"translations": "Farbe"}, "Write a language and its words"),
        ({"name": "Neck Shape"}, "Small letters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    admin_client: Client, db: None, wrong: dict[str, str], said: str
) -> None:
    response = admin_client.post(reverse("admin:product_search_attribute_add"), form(None, "red", **wrong))
    content = response.content.decode()
    assert response.status_code == 200
    assert said in content
    assert next(iter(wrong.values())) in content
    assert not Attribute.objects.exists()


def test_a_preview_shows_what_a_new_value_would_say_and_saves_nothing(
    admin_client: Client, shop: Office
) -> None:
    attribute = Attribute.objects.get()
    AttributeValue.objects.filter(value="red").delete()
    shop.word("crimson", AXES["red"])
    address = reverse("admin:product_search_attribute_preview", args=[attribute.pk])
    response = admin_client.post(address, form(attribute, "crimson"))
    content = response.content.decode()
    assert response.status_code == 200
    assert "Said of 2 of 2 products" in content
    assert "crimson" in content
    assert "Shirt one" in content
    assert set(attribute.values.values_list("value", flat=True)) == {"blue", "green"}
    assert "<script" not in content.partition('id="container"')[2].replace("<script src", "")


def test_a_preview_of_what_is_not_there_yet(admin_client: Client, shop: Office) -> None:
    address = reverse("admin:product_search_attribute_add_preview")
    content = admin_client.post(address, form(None, "red", "blue", name="shade")).content.decode()
    assert "Said of 2 of 2 products" in content
    assert not Attribute.objects.filter(name="shade").exists()
    empty = admin_client.post(address, form(None, name="shade")).content.decode()
    assert "There is no value yet" in empty
    wrong = admin_client.post(address, form(None, "red", name="shade", templates="x")).content.decode()
    assert "needs {} once" in wrong
    assert admin_client.get(address).status_code == 405


def test_a_preview_is_for_those_who_may_change_it(
    client: Client, django_user_model: Any, shop: Office
) -> None:
    user = django_user_model.objects.create_user("clerk", password="x", is_staff=True)
    client.force_login(user)
    address = reverse("admin:product_search_attribute_preview", args=[Attribute.objects.get().pk])
    assert client.post(address, form(Attribute.objects.get())).status_code == 403


class TestTagInline:
    """The tags of a product, on the shop's own page for it."""

    def page(self, name: str, shop: Office) -> str:
        key = {each: key for key, each in shop.shelf_names()}[name]
        return reverse("admin:catalog_product_change", args=[key])

    def data(self, response: Any) -> dict[str, Any]:
        """The form of the page as a browser would send it."""
        context = response.context
        sent: dict[str, Any] = {}
        for each in (
            context["adminform"].form,
            *(inline.formset for inline in context["inline_admin_formsets"]),
        ):
            if hasattr(each, "management_form"):
                sent |= {
                    each.management_form.add_prefix(k): v for k, v in each.management_form.initial.items()
                }
                forms = each.forms
            else:
                forms = [each]
            for one in forms:
                for bound in one:
                    value = bound.value()
                    sent[bound.html_name] = "" if value in (None, False) else value
        return {name: value for name, value in sent.items() if value != ""}

    def test_tags_are_decided_beside_the_pictures(self, admin_client: Client, shop: Office) -> None:
        address = self.page("Shirt one", shop)
        response = admin_client.get(address)
        content = response.content.decode()
        assert "colour" in content
        assert "red" in content
        data = self.data(response)
        assert data["product_search-tag-0-state"] == "suggested"
        saved = admin_client.post(address, {**data, "product_search-tag-0-state": "rejected"})
        assert saved.status_code == 302, saved.content.decode()[:4000]
        assert Tag.objects.get(value="red").state == TagState.REJECTED
        assert Tag.objects.get(value="blue").state == TagState.SUGGESTED
        tag_pending(again=True)
        assert Tag.objects.get(value="red").state == TagState.REJECTED

    def test_a_suggestion_that_was_withdrawn_meanwhile_stops_no_save(
        self, admin_client: Client, shop: Office
    ) -> None:
        address = self.page("Shirt one", shop)
        data = self.data(admin_client.get(address))
        Tag.objects.filter(value="red").delete()
        saved = admin_client.post(address, {**data, "name": "Shirt of one"}, follow=True)
        assert "no longer suggested" in saved.text
        assert "Shirt of one" in dict(shop.shelf_names()).values()

    def test_another_products_tag_can_not_be_decided_from_here(
        self, admin_client: Client, shop: Office
    ) -> None:
        address = self.page("Shirt one", shop)
        data = self.data(admin_client.get(address))
        other = Tag.objects.get(value="blue")
        admin_client.post(
            address,
            {**data, "product_search-tag-0-id": other.pk, "product_search-tag-0-state": "rejected"},
        )
        assert Tag.objects.get(value="blue").state == TagState.SUGGESTED

    def test_each_change_is_a_decision_with_its_record(self, admin_client: Client, shop: Office) -> None:
        data = self.data(admin_client.get(self.page("Shirt one", shop)))
        admin_client.post(self.page("Shirt one", shop), data)
        assert not Decision.objects.exists(), "nothing was decided"
        for state, verdict in (("accepted", "accepted"), ("suggested", "undone"), ("rejected", "rejected")):
            data = self.data(admin_client.get(self.page("Shirt one", shop)))
            admin_client.post(self.page("Shirt one", shop), {**data, "product_search-tag-0-state": state})
            last = Decision.objects.latest("id")
            assert (last.verdict, last.value, last.decided_by) == (verdict, "red", "admin")
            assert Tag.objects.get(value="red").state == state
        assert Decision.objects.count() == 3

    def test_what_another_decided_meanwhile_stays_and_is_told(
        self, admin_client: Client, shop: Office
    ) -> None:
        """Both opened the page; the first accepts. The second saves without a decision, or with another one."""
        address = self.page("Shirt one", shop)
        response = admin_client.get(address)
        data = self.data(response)
        hidden = "initial-product_search-tag-0-state"
        assert f'name="{hidden}"' in response.text
        tag = Tag.objects.get(value="red")
        deciding.decide(
            deciding.Subject(tag.product, tag.attribute, tag.value),
            Verdict.ACCEPTED,
            by="ann",
            using="default",
        )
        seen = {**data, hidden: "suggested"}
        assert admin_client.post(address, seen).status_code == 302
        assert Tag.objects.get(value="red").state == TagState.ACCEPTED
        late = admin_client.post(address, {**seen, "product_search-tag-0-state": "rejected"}, follow=True)
        assert "ann was first: red, accepted" in late.text
        assert Tag.objects.get(value="red").state == TagState.ACCEPTED
        assert Decision.objects.count() == 1

    def test_a_new_product_has_none(self, admin_client: Client, shop: Office) -> None:
        assert admin_client.get(reverse("admin:catalog_product_add")).status_code == 200
