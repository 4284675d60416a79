"""What the project exists for: pure functions from tidy tables to tidy tables.

Money: `running_costs` (allowances, limits, cuts), `levers` (what could release it, how surely), `staff` (who is
employed where), `scale` (what staff and spending say of size), `unit_costs` (of a post, a year and once), `regression`.
Mergers: `plans` (every connected set and plan, exactly), `candidates` (all of them scored, the frontier, the rankings),
`place` (which bodies belong together), `acceptability` (what one would have to believe for a plan to be first),
`options` (the few of every area, compared, and the verdict), `criteria` (the eleven of 2016). Fit: `alignment` (bodies and areas), `leadership` (shared
officers), `agreement` (with what others counted). `effects`: what happened to staff when bodies merged. And
`backtest`: would it have been right?
"""
