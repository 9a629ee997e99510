"""The office: books with the plugin's search in an admin site of the shop's own, and the plugin's pages beside them."""

from django.contrib import admin
from django.urls import path

from product_search.admin import SearchAdminMixin, register

from .models import Book, Cover


class BookAdmin(SearchAdminMixin, admin.ModelAdmin):
    """Books; no field of theirs is named to be searched."""

    list_display = ("full_title", "price")


class CoverAdmin(admin.ModelAdmin):
    """Covers, each of a book that is looked up by its words."""

    autocomplete_fields = ("book",)


office = admin.AdminSite("office")
office.register(Book, BookAdmin)
office.register(Cover, CoverAdmin)
register(office)

urlpatterns = [path("office/", office.urls)]
