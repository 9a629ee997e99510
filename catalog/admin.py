"""The shop's admin: products with their pictures, and the import that the command line has too."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV
from import_export.forms import SelectableFieldsExportForm

from product_search import images
from product_search.admin import SearchAdminMixin, TagInline, upload_problem

from .importing.resource import ProductResource
from .models import Brand, Category, Collection, CollectionProduct, Product, ProductImage, ProductVideo


class ProductImageForm(forms.ModelForm):  # type: ignore[type-arg]
    """A picture as it is uploaded; one that search could not read either is refused while its merchant looks on."""

    def clean_image(self) -> Any:
        """The file, unpacked once in a process that can be killed; Django itself reads no more than its header."""
        file = self.cleaned_data["image"]
        if isinstance(file, UploadedFile):
            limits = images.host_limits(reduce_to=64)
            data = file.read(limits.max_bytes + 1)
            file.seek(0)
            try:
                images.decode_apart(data, limits=limits)
            except images.UnreadableImage as error:
                raise forms.ValidationError(upload_problem(error), code=error.reason) from error
            except images.DecoderUnavailable:
                pass  # no fault of the picture: the worker will look at it
        return file


class ProductImageInline(admin.TabularInline):  # type: ignore[type-arg]
    """A product's pictures, in order."""

    model = ProductImage
    form = ProductImageForm
    extra = 0
    fields = ("preview", "image", "position", "alt", "alt_de")
    readonly_fields = ("preview",)

    @admin.display(description=_("picture"))
    def preview(self, picture: ProductImage) -> SafeString | str:
        """The picture in small."""
        if not picture.image:
            return ""
        return format_html('<img src="{}" alt="" height="64">', picture.image.url)


class ProductVideoInline(admin.TabularInline):  # type: ignore[type-arg]
    """A product's videos, in order."""

    model = ProductVideo
    extra = 0
    fields = ("file", "position")


class CollectionProductInline(admin.TabularInline):  # type: ignore[type-arg]
    """What a collection holds, in order."""

    model = CollectionProduct
    extra = 0
    autocomplete_fields = ("product",)


class ExportForm(SelectableFieldsExportForm):  # type: ignore[misc]
    """The fields to export, as the plugin's own export page shows them: with neither script nor style inline."""

    class Media:
        css = {"all": ["product_search/admin/export.css"]}
        js = ["product_search/admin/export.js"]


@admin.register(Product)
class ProductAdmin(SearchAdminMixin, ImportExportMixin, admin.ModelAdmin):  # type: ignore[misc, type-arg]
    """Products; a list is imported here by the same resource that `manage.py import_products` uses."""

    resource_classes = [ProductResource]
    import_formats = export_formats = [CSV]
    export_form_class = ExportForm
    export_template_name = "product_search/admin/export.html"
    list_display = ("name", "sku", "category", "brand", "price", "currency", "stock", "published")
    list_filter = ("published", "category", "brand")
    list_select_related = ("category", "brand")
    search_fields = ("sku", "name", "name_de")
    autocomplete_fields = ("category", "brand", "parent")
    readonly_fields = ("created_at", "updated_at")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (ProductImageInline, ProductVideoInline, TagInline)

    def get_export_queryset(self, request: HttpRequest) -> Any:
        """With what a row of the export reads, in few queries."""
        chosen = super().get_export_queryset(request)
        return chosen.select_related("category__parent", "brand", "parent").prefetch_related(
            "images", "collections"
        )


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Categories by their path."""

    list_display = ("path", "name", "name_de")
    search_fields = ("path", "name", "name_de")
    autocomplete_fields = ("parent",)


@admin.register(Brand)
class BrandAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Brands."""

    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Collections with their products."""

    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (CollectionProductInline,)
