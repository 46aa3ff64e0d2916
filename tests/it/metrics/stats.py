"""Computes the numbers of a study from its cases alone: verdicts as letters, a second scanner's word as booleans."""

import json
import sys
from itertools import combinations

import numpy
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

told = json.load(sys.stdin)
ORDER = ["generate", "direct", "feedback", "fdsp"]


def share(count, of):
    low, high = proportion_confint(count, of, alpha=0.05, method="wilson")
    other = binomtest(count, of).proportion_ci(0.95, method="wilson")
    assert abs(low - other.low) < 1e-12 and abs(high - other.high) < 1e-12
    return {"count": count, "of": of, "low": low, "high": high}


def study(mode):
    # Paper mode takes what does not parse for secure.
    verdicts = {
        name: ["s" if mode == "paper" and letter == "i" else letter for letter in letters]
        for name, letters in told["verdicts"].items()
    }
    table1, tests, table2 = {}, {}, {}
    before = [letter for letter in verdicts["generate"] if letter]
    generated = before.count("v") / len(before)
    for name in ORDER:
        judged = [letter for letter in verdicts[name] if letter]
        cell = share(judged.count("v"), len(judged))
        after = cell["count"] / cell["of"]
        cell |= {"invalid": judged.count("i"), "pending": len(verdicts[name]) - len(judged)}
        cell |= {"drop": 100 * (generated - after), "relative_drop": (generated - after) / generated}
        table1[name] = cell
    for one, other in combinations(ORDER, 2):
        pairs = [(a == "v", b == "v") for a, b in zip(verdicts[one], verdicts[other]) if a and b]
        square = [[pairs.count((a, b)) for b in (True, False)] for a in (True, False)]
        result = mcnemar(square, exact=True)
        tests[f"{one} {other}"] = {"counts": [len(pairs), square[0][1], square[1][0]], "p": result.pvalue}

    # The version that each approach returns: its own refinement, or the generated code where there is nothing to
    # refine, and for FDSP where no refinement was accepted.
    versions = []
    for name in ORDER:
        said = []
        for item, letter in enumerate(verdicts[name]):
            if not letter:
                continue
            own = name == "generate" or (
                verdicts["generate"][item] == "v" and (name != "fdsp" or letter == "s")
            )
            word = told["second"][name if own else "generate"][item]
            said.append(word)
            if own:
                versions.append((letter == "v", word))
        table2[name] = share(sum(said), len(said))
    sides = [versions.count(pair) for pair in [(True, True), (True, False), (False, True), (False, False)]]
    kappa = cohens_kappa(numpy.array(sides).reshape(2, 2)).kappa
    return {
        "table1": table1,
        "mcnemar": tests,
        "table2": table2,
        "scanners": {"sides": sides, "kappa": kappa},
    }


json.dump({mode: study(mode) for mode in ("strict", "paper")}, sys.stdout, default=float)
