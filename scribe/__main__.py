"""``python -m scribe`` is the same as ``scribe``."""

import sys

from scribe.cli import main

sys.exit(main())
