"""What the house asks of a kind of rule: `contract`; the kinds themselves lie in `kinds`."""
