"""Blueprint and templates to policies: least privilege as asked for, checked, in the one canonical form."""
