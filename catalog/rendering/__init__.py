"""The rendered catalogue: products drawn from attributes, so that a picture's truth is known and no licence binds it.

Knows nothing of Django, search or the database; `catalog/management/commands/render_catalogue.py` is its command.
"""
