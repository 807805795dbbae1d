"""Finished runs looked at again: queries over their files, two of them side by side, tables for statisticians."""
