"""The kinds of files that carry text beside their content, each read without its content."""
