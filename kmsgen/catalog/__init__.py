"""What AWS knows, as data with look-ups: actions, key specs, condition keys, principals, patterns."""
