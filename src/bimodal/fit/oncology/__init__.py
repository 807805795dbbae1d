"""The shipped fit of the tumour site, and its ensemble of equally good parameter sets."""
