"""The whole line in one process, on simulated servers and clocks, driven by one seed."""
