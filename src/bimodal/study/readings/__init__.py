"""Numbers read off the trajectories and ledgers of a run, patient by patient."""
