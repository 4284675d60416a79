"""Which NHS commissioners should merge, what would it release, does it fit the integrated care system, how sure are we?

Data flows one way through the rooms, and a module knows only those before it: published file to tidy table (`data`),
analysis of tables (`analysis`), chart, map and sentence (`presentation`), page and site (`report`), notebooks run by
the dozen (`runs`, `cli`). `errors`, `wording`, `parameters` and `notebooks` are for all of them.
"""

__version__ = "0.1.0"
