"""Where trajectories and ledgers of a run lie on disk."""
