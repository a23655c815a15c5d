"""Training with Keras 3: whole sequences, many lines at once.

The only part of Scribe that needs Keras. Everything that writes is NumPy.
"""
