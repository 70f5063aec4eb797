"""The life of a warning by ANSI/ISA-18.2-2016: pure, from what signals, people and time do.

`models.warnings.lifecycle` decides from signals whether the condition stands and at which level,
`models.warnings.throttle` whether people see it; `step` takes both in, numbers every change, and
keeps what people did. A table holds one warning for each rule and place.
"""
