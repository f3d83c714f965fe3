"""The resource zaaktype, in four parts: fields, filter, rules and routes."""
