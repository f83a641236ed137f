"""From the YAML that users write to values: typed getters, variables, conditions; every mistake with its place."""
