"""Agreement coefficients by packages of others. A table is a list of units, a unit a list of categories or null."""

import json
import sys
import warnings

import krippendorff
import numpy
import pandas
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

warnings.simplefilter("ignore")


def finite(compute):
    """None where the package raises, or gives no number."""
    try:
        value = float(compute())
    except (ValueError, ZeroDivisionError, IndexError, AssertionError):
        return None
    return value if numpy.isfinite(value) else None


def cohen(table, categories):
    square = numpy.zeros((categories, categories))
    for first, second in table:
        if first is not None and second is not None:
            square[first, second] += 1
    return cohens_kappa(square, return_results=False) if square.sum() else numpy.nan


def fleiss(table, categories):
    counts, _ = aggregate_raters(numpy.array(table), n_cat=categories)
    return fleiss_kappa(counts, method="fleiss")


def gwet(table, categories, which):
    # Fifteen digits; the default of five would round.
    frame = pandas.DataFrame(table, dtype=float)
    cac = CAC(frame, categories=[float(category) for category in range(categories)], digits=15)
    return getattr(cac, which[0])()["est"][which[1]]


def coefficients(case):
    table, categories = case["units"], case["categories"]
    complete = all(rating is not None for unit in table for rating in unit)
    data = numpy.array(table, dtype=float).T
    return {
        "observed": finite(lambda: gwet(table, categories, ("gwet", "pa"))),
        "cohen": finite(lambda: cohen(table, categories)) if len(table[0]) == 2 else None,
        "fleiss": finite(lambda: gwet(table, categories, ("fleiss", "coefficient_value"))),
        "equal": finite(lambda: fleiss(table, categories)) if complete else None,
        "alpha": finite(lambda: krippendorff.alpha(data, level_of_measurement="nominal")),
        "ac1": finite(lambda: gwet(table, categories, ("gwet", "coefficient_value"))),
    }


json.dump([coefficients(case) for case in json.load(sys.stdin)], sys.stdout)
