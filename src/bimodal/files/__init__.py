"""Files of users, read within bounds and refused in words; files of results, written whole or not at all."""
