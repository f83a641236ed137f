"""Denials explained: a message of AWS to what was asked, which layer refused it, and the least that would allow it."""
