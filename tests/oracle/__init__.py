"""An independent judge of what key policies mean, against which the comparison of policies is held."""
