"""One section of the credibility report per file: ``compute(work)`` gives it."""
