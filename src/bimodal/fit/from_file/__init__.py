"""A user's own fit, from a problem file and a table of measurements."""
