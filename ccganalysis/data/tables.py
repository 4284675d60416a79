"""What functions take everywhere: the project's tables by name, and a day."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pandas as pd

Tables = Mapping[str, pd.DataFrame]
"""Tables by name, such as `ingest.Tables`."""

Day = str | datetime.date
"""A date as `2018-04-01`, a date or a timestamp."""
