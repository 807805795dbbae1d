"""The functions behind the names of ``import bimodal``, one in each file; each is loaded when it is first used."""
