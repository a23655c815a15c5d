"""How good a network is, in numbers that compare, each with its interval."""
