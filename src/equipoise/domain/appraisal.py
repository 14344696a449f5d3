"""Critical appraisal, item by item: what each tool asks about, in our own short words, and what an appraisal left out.

The tools' own sentences are theirs: read them there (JBI checklist for case series, Munn et al. 2020, JBI Evidence
Synthesis 18:2127-2133; ROBINS-I, Sterne et al. 2016, BMJ 355:i4919; RoB 2, for randomised trials, Sterne et al. 2019,
BMJ 366:l4898). "yes" says that the item is sound, whichever way a tool words it.
"""

from collections.abc import Mapping

from equipoise.domain.protocol import Conduct

JBI_CASE_SERIES = (
    "inclusion criteria",
    "measurement of the condition",
    "identification of the condition",
    "consecutive inclusion",
    "complete inclusion",
    "demographics",
    "clinical information",
    "outcomes of follow-up",
    "site",
    "statistical analysis",
)
ROBINS_I = (
    "confounding",
    "selection of participants",
    "classification of interventions",
    "deviations from intended interventions",
    "missing data",
    "measurement of outcomes",
    "selection of the reported result",
)
ROB_2 = (
    "randomisation",
    "deviations from the assigned treatment",
    "missing outcomes",
    "measurement of the outcome",
    "selection of the reported result",
)
ITEMS: Mapping[str, tuple[str, ...]] = {"JBI case series": JBI_CASE_SERIES, "ROBINS-I": ROBINS_I, "RoB 2": ROB_2}


def appraisal_gaps(conduct: Conduct) -> tuple[str, ...]:
    """The items of the declared tool that the appraisal does not answer; all of none where no tool is declared."""
    if conduct.appraisal_tool is None:
        return ()
    answered = {each.item for each in conduct.appraisal}
    return tuple(item for item in ITEMS[conduct.appraisal_tool] if item not in answered)
