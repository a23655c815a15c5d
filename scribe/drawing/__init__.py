"""Drawn ink: what pens and pads give, and how it becomes a line of a known size, level and timing."""
