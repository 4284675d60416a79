"""Settings of which each is tried with another in turn: all of them with each other are for CI."""

from collections.abc import Sequence

import pytest


def each_in_turn(first: Sequence, second: Sequence) -> list:
    """Every pair as a test's parameters; marked `every`, but for as many as it takes to meet each value of both."""
    longest = max(len(first), len(second))
    met = {(turn % len(first), turn % len(second)) for turn in range(longest)}
    return [
        pytest.param(one, other, marks=[] if (i, j) in met else pytest.mark.every, id=f"{one}-{other}")
        for i, one in enumerate(first)
        for j, other in enumerate(second)
    ]
