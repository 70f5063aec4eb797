"""The life of a case: closed loop, clocks, indicators, predicted breach, history."""
