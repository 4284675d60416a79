"""Where the numbers of figures come from, in the words below them."""

MODEL = "ccganalysis, allowance model on NHS England, NHS Digital and ONS data"
PUBLISHED = "NHS England, running cost allowances (data/raw/allowance_official.csv and icb_allowance.csv); ccganalysis"
LEVERS = "ccganalysis, from the levers in data/raw/levers.csv"
CANDIDATES = "ccganalysis, every connected set of neighbours inside {an_area}; NHS Digital and ONS data"
ODS = "NHS Digital, Organisation Data Service and Patients Registered at a GP Practice"
ONS = "Office for National Statistics, small-area lookups and population estimates of {residents_of}"
BORDERS = (
    "Office for National Statistics, NHS England and ministers' statements; patients modelled from trusts' catchments "
    "(data/raw/strategic_authorities.csv, acute_trust_catchments.csv, patient_flows.csv, policy_facts.csv)"
)
MAPS = "Office for National Statistics, boundaries; NHS Digital, Organisation Data Service"
ANNOUNCEMENTS = "NHS England and HSJ, announcements"
OFFICERS = "HSJ, NHS and council papers, compiled per group; NHS Digital, Patients Registered at a GP Practice"
BACKTEST = f"{CANDIDATES}; NHS Digital, mergers of commissioners"
PAPERS = f"{BACKTEST}; HSJ, NHS and council papers"
STAFF = (
    "NHS England and NHS Digital, staff by organisation, and Patients Registered at a GP Practice (data/raw/staff.csv)"
)
PRICES = "Press and council papers (data/raw/merger_saving_evidence.csv, cost_observations.csv)"
CAP = (
    "Press reports of the cap (data/raw/national_running_costs.csv, policy_facts.csv) and of costs a head (cost_observations.csv); "
    f"people of the allowances (icb_allowance.csv); {STAFF}"
)
PRESS = (
    "press and council papers and written statements, each with its address (data/raw/clusters.csv, policy_events.csv)"
)
PRESCRIBING = "NHS Business Services Authority through OpenPrescribing (data/raw/prescribing.csv)"
EFFECTS = "NHS Digital, staff, managers and mergers of commissioners (data/raw/staff.csv, managers.csv and mergers.csv)"
