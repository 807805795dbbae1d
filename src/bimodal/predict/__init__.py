"""Predictions: registered with a date and a hash before the data are seen, and opened against them."""
