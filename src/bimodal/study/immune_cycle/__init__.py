"""The optional immune cycle: aimed against random starts, always beside its null."""
