"""The closed loop as it was at an instant: what rules ask of it, and the answers."""
