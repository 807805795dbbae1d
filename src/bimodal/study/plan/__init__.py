"""A study made ready to run: everything opened and laid out, nothing computed."""
