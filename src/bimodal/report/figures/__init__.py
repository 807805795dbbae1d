"""One figure per file: `figure(result)` gives a Matplotlib figure and touches no global drawing state."""
