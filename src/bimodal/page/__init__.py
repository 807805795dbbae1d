"""The model as one HTML file: it simulates in the reader's browser, with the numbers of the desk."""
