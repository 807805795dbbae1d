"""Parts of the engine benchmark; the command is ``benchmarks/engine.py``."""
