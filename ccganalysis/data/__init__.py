"""From published file to tidy table.

`columns` is the codebook: every column's name, label, unit and meaning; `schemas` says what a table must satisfy,
`datapackage` how tables are kept on disk, `checks` what must hold between them; `ingest` makes `data/processed/` of
`data/raw/` and loads its tables; `organisations` answers which body was what, where, next to whom, and when;
`official/` reads publishers' own files into `data/raw/`.
"""
