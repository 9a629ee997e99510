"""Whether tags can be trusted: how often the machine is right, where it is not, and which sentences mislead it.

It reads what is stored, judges products by fits that never met them, and changes nothing.
"""

from .audit import AttributeAudit, Audit, audit_tags

__all__ = ["AttributeAudit", "Audit", "audit_tags"]
