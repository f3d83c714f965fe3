"""The resource zaak, in four parts: fields, filter, rules and routes."""
