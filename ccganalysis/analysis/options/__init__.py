"""Which mergers should an area choose from, how do they compare, and what is the answer?

The same few options for every area, by rule (`named`), beside them the plan that was carried out, where that is known,
and one of the reader's own (`own`); what each would release and cost (`priced`); a table of them all (`appraisal`); and the
verdict, from every plan and every weighting (`verdict`); and England as a whole, across the borders of areas too (`england`). `answer` puts them together: every page takes it from there. All
that takes a second for the 42 areas and 77,083 plans of April 2018 together.
"""

from .answers import Answer, answer, every_answer, side_by_side
from .appraisal import appraisal, weighed, with_and_without
from .england import (
    AIMS,
    BEST_COUNCILS,
    BEST_PATIENTS,
    BEST_STRATEGIC,
    REACH_FLOOR,
    of_england,
)
from .named import (
    BOTH,
    BY_RULE,
    CARRIED_OUT,
    DO_MAXIMUM,
    DO_MINIMUM,
    DO_NOTHING,
    INTERMEDIATE,
    NO_CHANGE,
    ONE_BODY,
    OWN,
    SAME_AUTHORITY,
    SAME_OFFICER,
    TERMS,
    Option,
    options,
)
from .own import plan_of
from .priced import FIXED, PROPORTIONAL, SHAPES, priced
from .verdict import FIRST, NO_FIT, NOTHING_FITS, NOTHING_TO_CHOOSE, TURNS, VERDICTS, Verdict, verdict

__all__ = [
    "AIMS",
    "Answer",
    "BEST_COUNCILS",
    "BEST_PATIENTS",
    "BEST_STRATEGIC",
    "BOTH",
    "BY_RULE",
    "CARRIED_OUT",
    "DO_MAXIMUM",
    "DO_MINIMUM",
    "DO_NOTHING",
    "FIRST",
    "FIXED",
    "INTERMEDIATE",
    "NOTHING_FITS",
    "NOTHING_TO_CHOOSE",
    "NO_CHANGE",
    "NO_FIT",
    "ONE_BODY",
    "OWN",
    "Option",
    "PROPORTIONAL",
    "REACH_FLOOR",
    "SAME_AUTHORITY",
    "SAME_OFFICER",
    "SHAPES",
    "TERMS",
    "TURNS",
    "VERDICTS",
    "Verdict",
    "answer",
    "appraisal",
    "every_answer",
    "of_england",
    "options",
    "plan_of",
    "priced",
    "side_by_side",
    "verdict",
    "weighed",
    "with_and_without",
]
