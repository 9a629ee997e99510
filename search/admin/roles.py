"""Who does what in the admin: groups with the plugin's permissions, to be given to people."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction

#: Of each group, the permissions by their names. Groups are called in English, as a database holds them once.
ROLES: Mapping[str, tuple[str, ...]] = {
    "Search: review": (
        "view_tag",
        "change_tag",
        "view_decision",
        "view_alttext",
        "change_alttext",
        "view_alttextdecision",
        "view_duplicate",
        "change_duplicate",
        "view_doubt",
        "change_doubt",
    ),
    "Search: moderation": (
        "view_policy",
        "add_policy",
        "change_policy",
        "delete_policy",
        "view_ruling",
        "change_ruling",
    ),
    "Search: vocabulary": (
        "view_attribute",
        "add_attribute",
        "change_attribute",
        "delete_attribute",
        "view_suggestedsynonym",
        "change_suggestedsynonym",
    ),
    "Search: rules": (
        "view_rule",
        "add_rule",
        "change_rule",
        "delete_rule",
        "view_rulechange",
    ),
    "Search: relevance": ("view_playground", "judge_playground"),
    "Search: merchandising": (
        "view_dailysearches",
        "view_querynote",
        "add_querynote",
        "change_querynote",
        "delete_querynote",
    ),
    "Search: keys": ("view_apikey", "add_apikey", "change_apikey"),
    "Search: operation": (
        "view_entry",
        "change_entry",
        "view_mark",
        "view_space",
        "view_picture",
    ),
}


class PermissionsMissing(RuntimeError):
    """A permission of a role is not in the database: it was not migrated."""


def make_groups(using: str = "default") -> dict[str, int]:
    """Make the groups that are missing, and give each the permissions that it lacks; how many it was given, by name.

    Nothing is taken from a group: what somebody added to it stays. Raises `PermissionsMissing`.
    """
    ours = Permission.objects.using(using).filter(content_type__app_label="product_search")
    there = {permission.codename: permission for permission in ours}
    missing = sorted({name for names in ROLES.values() for name in names} - there.keys())
    if missing:
        raise PermissionsMissing(
            f"The database has no permission {', '.join(missing)}: run `manage.py migrate` first."
        )
    given = {}
    with transaction.atomic(using=using):
        for role, names in ROLES.items():
            group, _made = Group.objects.using(using).get_or_create(name=role)
            has = set(group.permissions.filter(codename__in=names).values_list("codename", flat=True))
            group.permissions.add(*(there[name] for name in names if name not in has))
            given[role] = len(names) - len(has)
    return given
