"""Places whose open cases several departments share, as their page shows them."""
