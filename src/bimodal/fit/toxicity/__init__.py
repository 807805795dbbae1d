"""The shipped fit of toxicity thresholds to doses delivered."""
