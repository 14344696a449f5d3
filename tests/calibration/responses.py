"""Coverage of Firth's profile limits: a response that depends on a yes-or-no and on a measured covariate."""

import numpy as np
from scipy.special import expit

from calibration.measured import Experiment, Fate, Fates, fate
from equipoise.errors import MethodError
from equipoise.stats.firth import firth_logistic

INTERCEPT, GRADE, CELLS = -0.4, float(np.log(3.0)), float(np.log(1.5))


def exploratory(n: int, rng: np.random.Generator) -> Fates:
    """Half the cases of one grade, half of another; cells in standard deviations."""
    grade, cells = np.arange(n) % 2, rng.normal(size=n)
    response = rng.random(n) < expit(INTERCEPT + GRADE * grade + CELLS * cells)
    truths = {"log odds ratio of two grades": GRADE, "log odds ratio a standard deviation of cells": CELLS}
    try:
        fit = firth_logistic(response.astype(float), np.column_stack([grade, cells]), ["grade", "cells"])
    except MethodError:
        return {(what, "Firth, profile"): Fate.REFUSED for what in truths}
    return {
        (what, "Firth, profile"): fate(fit.lower[place], fit.upper[place], truth)
        for place, (what, truth) in enumerate(truths.items(), start=1)
    }


EXPERIMENTS = (
    Experiment(
        "Association with response",
        "yes or no, two covariates",
        "Odds ratios 3 (two grades, half the cases each) and 1.5 a standard deviation; about half respond.",
        exploratory,
        replicates=2000,
        sample=20,
    ),
)
