"""The shipped fit of the human of all low-dose studies."""
