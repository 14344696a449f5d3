"""How many examples a slow law is given: a share of the profile's, so that the thorough profile searches longer."""

from hypothesis import settings


def examples(of_sixty: int) -> int:
    """``of_sixty`` under the default profile of sixty, in proportion under any other."""
    return max(1, of_sixty * settings().max_examples // 60)
