"""Do bodies fit the integrated care systems (areas) and the local authorities?

**State of a body.** A body is judged by where its people are on a *map*, the area footprints of one date:

- `equals`: all its people are in one area, and all that area's people are in it;
- `within`: all its people are in one area, which has other bodies too;
- `crosses`: its people are in more than one area, be it by a single small area (the share is shown beside it).

The map is that of the body's own date unless another is asked for. A footprint puts each body into exactly one area, so
on its own map a body equals or is within; it crosses on the map of another date (North Yorkshire CCG of 2020 on the map
of 2019), and that is what `mergers` and `people_by_area` look at. A body is *aligned* when it equals an area. People are
those registered with GP practices; with local authorities they are residents, because only those are counted by place.

A body's state and its area's are in `states`, years and mergers in `over_time`, local authorities in `authorities`.
"""

from .authorities import (
    authority_shares,
    coterminosity,
    fit_of_area,
    fit_of_bodies,
    least_fitting_first,
    merger_coterminosity,
    most_authorities,
    split_authorities,
)
from .over_time import (
    by_region,
    by_year,
    icbs,
    ics_waves,
    lineage,
    mergers,
    mergers_table,
    named_ics,
    names,
    on_other_maps,
    passage,
)
from .states import bodies_state, most_bodies_first, people_by_area, people_by_icb, state

__all__ = [
    "authority_shares",
    "bodies_state",
    "by_region",
    "by_year",
    "coterminosity",
    "fit_of_bodies",
    "fit_of_area",
    "icbs",
    "ics_waves",
    "least_fitting_first",
    "lineage",
    "merger_coterminosity",
    "mergers",
    "mergers_table",
    "most_authorities",
    "most_bodies_first",
    "named_ics",
    "names",
    "on_other_maps",
    "passage",
    "people_by_icb",
    "people_by_area",
    "split_authorities",
    "state",
]
