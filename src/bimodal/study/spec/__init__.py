"""A study as a person writes it: its keys, its checks, its schema."""
