"""Which NHS commissioners should merge, what would it release, does it fit the integrated care system, how sure are we?

Data flows one way through the modules: published file (`datapackage`, `schemas`), tidy table (`ingest`),
analysis (`organisations`, `running_costs`, `plans`, `candidates`, `alignment`), chart and table
(`charts`, `maps`, `display`), report (`report`, `runner`, `cli`).
"""

__version__ = "0.1.0"
