"""The shop as visitors see it: server-rendered pages that are whole without JavaScript."""
