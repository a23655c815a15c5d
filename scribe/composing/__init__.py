"""Composed ink: people's own letters with marks set on them, signs drawn as they would draw them, and repeats."""
