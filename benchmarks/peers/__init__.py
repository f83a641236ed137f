"""What kmsgen is measured against: each a program that does one job over the keys of `benchmarks.estate`."""
