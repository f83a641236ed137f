"""What a key policy means: one request decided, by AWS's documented rules and for every element of a policy."""
