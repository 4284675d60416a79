"""Official files in: what NHS England, NHS Digital, ODS and ONS publish, read into the project's tidy tables.

`opening` opens a file safely, one module per publisher reads it, `recognise` finds the reader from the content,
`store` puts the result into `data/raw/` whole or not at all, `commands` is what the command line calls.
"""
