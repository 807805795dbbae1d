"""Random expressions, random stiff linear systems and hostile documents: the fuzz studies at full counts."""
