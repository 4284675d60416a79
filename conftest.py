"""How nbval compares: words and numbers always, pictures never byte for byte.

Pictures and HTML differ between versions of the libraries that draw them; the words beside them, whose numbers are
computed, and the data behind them do not. What a cell shows anew is brought into the form in which notebooks are stored.
"""

import json

NOT_COMPARED = ("text/html", "image/svg+xml", "image/png", "stderr")


def pytest_collectstart(collector):
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += NOT_COMPARED


def pytest_itemcollected(item):
    """nbval explains differences between texts only, and the data behind a figure are a JSON object: made text here."""
    if hasattr(item, "compare_outputs"):
        from ccganalysis.notebooks import nbformat, stored

        clean, compare = item.sanitize, item.compare_outputs
        item.sanitize = lambda value: clean(_as_text(value) if isinstance(value, dict | list) else value)
        item.compare_outputs = lambda shown, kept: compare(
            [nbformat.from_dict(short) for output in shown for short in stored(output)], kept
        )


def _as_text(value):
    return json.dumps(value, indent=1, sort_keys=True)
