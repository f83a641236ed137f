"""Guardrails: what an organisation demands of every key, read from a file of its own and proved key by key."""
