"""Shows that an installation computes what it should."""
