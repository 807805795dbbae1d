"""Molecules side by side: at the doses given, and again at equal exposure."""
