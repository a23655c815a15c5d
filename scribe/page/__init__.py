"""The network in the reader's browser: its JavaScript, and the weights and pages that go with it."""
