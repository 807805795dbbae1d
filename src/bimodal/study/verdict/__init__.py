"""A run set against what was published, and warnings outside what was calibrated."""
