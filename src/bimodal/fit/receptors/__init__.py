"""The shipped fit of receptors and signal to assays of cells in a dish."""
