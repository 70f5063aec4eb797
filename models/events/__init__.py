"""Major events and modes: what is looked after where and when, and which cases belong to it."""
