"""The archive: what its rows are, how messages become rows, and which row of several counts."""
