"""What may be assumed of a response that was not seen: the one set of codes the imputation kernels share."""

from enum import IntEnum


class Assumption(IntEnum):
    """What is assumed of a missing cell; the first cell that is not at random decides for the later ones.

    References
    ----------
    Carpenter, Roger and Kenward (2013), J. Biopharm. Statist. 23:1352-1371 (all but return to baseline).
    """

    MISSING_AT_RANDOM = 0
    """As the seen cases of the same group with the same history."""
    RETURN_TO_BASELINE = 1
    """No effect is left: the score is the baseline's again; of a yes/no response, the case is a non-responder."""
    JUMP_TO_REFERENCE = 2
    """From then on the mean of the reference group."""
    COPY_REFERENCE = 3
    """As if the case had been in the reference group throughout."""
    COPY_INCREMENTS_IN_REFERENCE = 4
    """From then on the mean changes as the reference group's does."""
    LAST_MEAN_CARRIED_FORWARD = 5
    """From then on the mean stays that of the case's own group at the visit before."""
