"""From nothing to ``scribe/weights``: every step, what it needs, and what it runs. See README.md beside this file."""
