"""Draws the schematic and modelled layers of the demo areas from what is known.

Only needed to rebuild ``layers/data/<area>/layers``; the program itself reads
the files that were built. See docs/decisions/0005-schematic-layers.md.
"""
