"""Users of the wall and its API, kept from the command line."""
