"""Maps of dose, schedule and molecule, and the regimens that no other beats in every goal."""
