"""Every way to merge neighbouring bodies, counted, listed and optimised exactly.

Pure mathematics: a *body* is a number from 0 to n - 1, a *set* of bodies is an unsigned 64-bit integer whose bit i
says whether body i belongs (`sets`), and a *plan* is a partition of all bodies into connected sets (`listing`); the best
one is found without listing (`optimum`), and so is what cannot be beaten (`frontier`). Plans that no list could hold are
counted and drawn at random (`counting`). Nothing here knows about money, people or health.
"""

from .counting import PlanDiagram, plan_diagram
from .frontier import CombinedFrontier, combine_frontiers, pareto_frontier
from .listing import PlanSet, count_plans, plans
from .optimum import Partition, best_partition, best_partition_dp, best_partitions_dp
from .sets import (
    MOST_BODIES_IN_A_MASK,
    components,
    connected_sets,
    connected_sets_of_indices,
    membership,
    neighbour_lists,
    neighbour_masks,
)

__all__ = [
    "CombinedFrontier",
    "MOST_BODIES_IN_A_MASK",
    "Partition",
    "PlanDiagram",
    "PlanSet",
    "best_partition",
    "best_partition_dp",
    "best_partitions_dp",
    "combine_frontiers",
    "components",
    "connected_sets",
    "connected_sets_of_indices",
    "count_plans",
    "membership",
    "neighbour_lists",
    "neighbour_masks",
    "pareto_frontier",
    "plan_diagram",
    "plans",
]
