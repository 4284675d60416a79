"""From table to what a reader sees: `charts` and `maps` draw, `findings` writes, `figures` joins a picture with its words
and its data, `display` puts them, and tables, into a notebook's output.
"""
