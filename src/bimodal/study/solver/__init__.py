"""What solves a model for a study, and the doses as the solver takes them."""
