"""Panes and rolling windows over event time: integers in, exact sums out.

`watermark` says how far event time has come, `applied` which rows are new, `series` numbers the
pairs of cell and metric, `sketch` turns values into bins. `panes` and `rolling` (in rings of slots,
`ring`) add rows up, and `feed` holds all of it for one feed of one street partition.
"""
