"""Measurements of speed, each as a ratio within one run; no part of the tests."""
