"""The parts of reading: frames of ink, CTC, lines of a page, errors. :mod:`scribe.reader` puts them together."""
