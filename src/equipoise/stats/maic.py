"""Matching-adjusted indirect comparison: cases weighted until their baseline is the one somebody published.

The weights are exp(z a), z the covariates centred at the published means (and, where an SD is matched, the squared
distance from the mean centred at the SD squared). They minimise log sum exp(z a), which is convex; at its minimum
the weighted cases have the published moments exactly. Of all weights that do so they are those of largest entropy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.maic_dual import maximum_entropy
from equipoise.stats.published_table import PublishedBaseline, no_covariates

WHERE = "matching to the published baseline"


@dataclass(frozen=True)
class MatchingWeights:
    """Weights of n cases that meet m published moments.

    ``weight`` : (n,) > 0, with mean 1
    ``constraint`` : (n, m) the centred values, each column divided by its spread over the cases
    ``moments`` : (m,) what each column is, in words
    ``coefficient`` : (m,) a, for the columns of ``constraint``
    ``effective_sample_size`` : (sum w)^2 / sum w^2, Kish's
    ``smallest``, ``median``, ``largest`` : of the weights; ``largest_share`` of their sum that one case carries
    """

    weight: Floats
    constraint: Floats
    moments: tuple[str, ...]
    coefficient: Floats
    effective_sample_size: float
    smallest: float
    median: float
    largest: float
    largest_share: float


def matching_weights(covariates: npt.ArrayLike, published: PublishedBaseline) -> MatchingWeights:
    """Weights under which the cases have the published means, and SDs where they are to be matched.

    In an anchored comparison give the cases of both arms together. A published SD enters as it is printed (divisor
    n - 1), as in the Technical Support Document.

    Parameters
    ----------
    covariates : (n, k) finite, one column for each of ``published.names``, shares as 0 or 1

    Raises
    ------
    DataError : the shapes do not fit, or a value is missing
    MethodError : there is no covariate ("withheld: no covariates"); a covariate is the same in every case; moments
        that determine each other; published moments that no weighting of these cases can have, the covariate named

    References
    ----------
    Signorovitch, Wu, Yu et al. (2010), PharmacoEconomics 28:935-945; Phillippo, Ades, Dias et al. (2016), NICE
    Decision Support Unit Technical Support Document 18, section 2.2.1 and appendix D.
    """
    x = _checked(covariates, published)
    centred, moments, owner = _constraints(x, published)
    _refuse_outside_range(centred, moments, owner, published.names)
    scale = centred.std(axis=0)
    z = centred / scale
    if np.linalg.matrix_rank(z - z.mean(axis=0), tol=1e-8 * np.sqrt(x.shape[0])) < z.shape[1]:
        raise MethodError(Problem(WHERE, "some covariates are determined by the others", "leave one of them out"))
    found = maximum_entropy(z)
    if found is None:
        raise MethodError(_outside_together(z, owner, published.names))
    return _summarised(found.share * x.shape[0], z, moments, found.coefficient)


def without(published: PublishedBaseline, name: str) -> PublishedBaseline:
    """The table without one covariate: what is left to match when its mean cannot be reached."""
    kept = [place for place, other in enumerate(published.names) if other != name]
    return replace(
        published,
        names=tuple(published.names[place] for place in kept),
        mean=published.mean[kept],
        sd=tuple(published.sd[place] for place in kept),
    )


def _summarised(weight: Floats, z: Floats, moments: tuple[str, ...], coefficient: Floats) -> MatchingWeights:
    total = float(weight.sum())
    return MatchingWeights(
        weight=weight,
        constraint=z,
        moments=moments,
        coefficient=coefficient,
        effective_sample_size=total**2 / float(weight @ weight),
        smallest=float(weight.min()),
        median=float(np.median(weight)),
        largest=float(weight.max()),
        largest_share=float(weight.max()) / total,
    )


def _checked(covariates: npt.ArrayLike, published: PublishedBaseline) -> Floats:
    if not published.names:
        raise MethodError(no_covariates())
    x = np.asarray(covariates, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != len(published.names) or x.shape[0] == 0:
        remedy = "give one row a case and one column for each covariate of the published table"
        raise DataError(Problem(WHERE, "the cases do not have the covariates of the published table", remedy))
    if not np.isfinite(x).all():
        raise DataError(Problem(WHERE, "a value is missing", "leave out the cases that lack one, and say so"))
    return x


def _constraints(x: Floats, published: PublishedBaseline) -> tuple[Floats, tuple[str, ...], list[int]]:
    """The centred columns, what each is in words, and which covariate it belongs to."""
    away = x - published.mean
    columns, moments, owner = list(away.T), [f"mean of '{name}'" for name in published.names], [*range(x.shape[1])]
    for place, sd in enumerate(published.sd):
        if sd is not None:
            columns.append(away[:, place] ** 2 - sd**2)
            moments.append(f"SD of '{published.names[place]}'")
            owner.append(place)
    return np.column_stack(columns), tuple(moments), owner


def _refuse_outside_range(centred: Floats, moments: Sequence[str], owner: list[int], names: Sequence[str]) -> None:
    """A moment at or beyond the most extreme case cannot be met, whatever the others are."""
    problems = []
    for column, moment, place in zip(centred.T, moments, owner, strict=True):
        where = f"covariate '{names[place]}'"
        if np.ptp(column) <= 1e-12 * np.abs(column).max():
            if moment.startswith("mean"):
                problems.append(Problem(where, "is the same in every case", "leave it out: no weight can change it"))
        elif column.min() >= 0 or column.max() <= 0:
            why = f"the published {moment} is at or beyond the most extreme case: no weights can reach it"
            problems.append(
                Problem(where, why, "the two populations do not overlap; leave it out and say so, or withhold")
            )
    if problems:
        raise MethodError(problems)


def _outside_together(z: Floats, owner: list[int], names: Sequence[str]) -> Problem:
    """Each mean can be reached by itself but not all together: which covariate, left out, would mend it."""
    belongs = np.array(owner)
    mending = [
        name
        for place, name in enumerate(names)
        if len(names) > 1 and maximum_entropy(z[:, belongs != place]) is not None
    ]
    blamed = ", ".join(f"'{name}'" for name in (mending or names))
    why = (
        f"no weights can reach the published figures together: they lie at or outside the edge of the cases ({blamed})"
    )
    remedy = "leave out one of the covariates named, and say so, or withhold the comparison"
    return Problem(WHERE, why, remedy)
