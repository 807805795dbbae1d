"""Visit rules of an arm, what they decide, and the ledger of doses really given."""
