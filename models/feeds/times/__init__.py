"""Times of files, read a whole column at a time: `read_times` in `column` is the one entry."""
