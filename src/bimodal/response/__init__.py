"""Cells in a dish: pSTAT5 dose-response of a molecule in every cell subset."""
