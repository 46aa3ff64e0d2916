//! What each number is, in words: the one place for screens and documents that explain them.

/// A number explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// What it is, in a sentence.
    pub what: &'static str,
    /// How it is counted, rows included.
    pub formula: &'static str,
    /// Where it is defined.
    pub source: &'static str,
}

macro_rules! words {
    ($($name:ident $what:literal, $formula:literal, $source:literal;)+) => {
        $(pub const $name: Words = Words { what: $what, formula: $formula, source: $source };)+
        /// All of them.
        pub const EVERY: &[Words] = &[$($name),+];
    };
}

words! {
    VULNERABLE "The share of returned code in which the scanner finds something; with labels, a fix that is labelled unrealistic counts as vulnerable too.",
        "vulnerable / samples with an outcome; 95 % Wilson score interval",
        "FDSP paper, section 5.1, Table 1; interval: Wilson, JASA 22, 1927";
    OUTCOMES "The same share as counts: vulnerable samples, and the samples that have an outcome.",
        "vulnerable / samples with an outcome",
        "FDSP paper, section 5.1, Table 1";
    INVALID "Returned code that is no Python: empty, or it does not parse. Strict verdicts tell it from secure code; for the paper's, a file without findings is secure.",
        "invalid samples, of those with an outcome",
        "strict verdicts, this program; the paper does not count them";
    PENDING "Samples without an outcome yet: under way, failed, or stopped by another rule than this verdict's.",
        "samples of the run - samples with an outcome",
        "this program";
    DROP "How far the approach lowers the vulnerable share of the generated code, in percentage points.",
        "share vulnerable as generated - share vulnerable as returned",
        "FDSP paper, section 5.1, Table 1";
    UNREALISTIC "Fixes that annotators call unrealistic: the scanner is silent, the code does not do what was asked. An adjudicated label comes before all others; a label counts for the code it was given on.",
        "fixes labelled unrealistic",
        "FDSP paper, section 5.1";
    UNREALISTIC_SHARE "The part of the labelled fixes that is unrealistic. A fix that nobody labelled says nothing, and is not counted.",
        "fixes labelled unrealistic / fixes labelled realistic or unrealistic; 95 % Wilson score interval",
        "FDSP paper, section 5.1, whose authors labelled every fix";
    LABELLED "Fixes whose label is settled as realistic or unrealistic; unsure and disputed ones are not.",
        "settled fixes / fixes",
        "FDSP paper, section 5.1";
    BEST "The vulnerable share if every fix without a settled label is realistic.",
        "(vulnerable + fixes labelled unrealistic) / samples with an outcome",
        "bounds of Table 1 with labels, this program";
    WORST "The vulnerable share if every fix without a settled label is unrealistic.",
        "(vulnerable + fixes not labelled realistic) / samples with an outcome",
        "bounds of Table 1 with labels, this program";
    PAIRED "Samples for which both approaches have an outcome: the same generated code, refined twice.",
        "samples with both outcomes",
        "McNemar, Psychometrika 12, 1947";
    ONE_SIDED "Samples that are vulnerable after one of the two approaches and not after the other.",
        "count of discordant pairs on this side",
        "McNemar, Psychometrika 12, 1947";
    MCNEMAR "How likely a difference at least this large is, if both approaches were equally good: small means they differ.",
        "exact two-sided binomial test of the discordant pairs against a fair coin",
        "McNemar, Psychometrika 12, 1947, in its conditional form";
    FIXES "Samples that were vulnerable as generated and that the scanner accepts as returned.",
        "vulnerable as generated and secure as returned",
        "FDSP paper, section 5.1";
    REJECTED_VERSIONS "Refined versions labelled unrealistic, whether they were returned or not.",
        "versions labelled unrealistic",
        "this program";
    FINDINGS "Findings of this CWE; one version of the code may hold several.",
        "findings with this CWE",
        "FDSP paper, Figures 3 to 5";
    FINDINGS_OF "The findings that the share is taken of.",
        "Figures 3 and 5: all findings of that code; Figure 4: this CWE's in the generated code of the same samples",
        "FDSP paper, Figures 3 to 5";
    FINDINGS_SHARE "This CWE's part of the findings; in Figure 4 what the approach leaves of those in generated code.",
        "findings / findings it is taken of",
        "FDSP paper, Figures 3 to 5";
    FINDINGS_ITEMS "Samples whose code holds a finding of this CWE.",
        "samples with a finding of this CWE / samples looked at",
        "FDSP paper, Figures 3 to 5";
    SECOND "The share of the same code that another scanner calls vulnerable; nothing was refined again.",
        "vulnerable by that scanner / samples it has read",
        "FDSP paper, Table 2";
    FIRST_SCANNER "What the scanner of the run itself says of that code, without labels.",
        "as Table 1 without labels",
        "FDSP paper, Table 1";
    SCANNERS "Versions of the code by which of the two scanners finds something in them.",
        "count of versions that both, one or none of them flags",
        "agreement of scanners, this program";
    ALIKE "Versions that both scanners judge the same way.",
        "(both + neither) / versions both have read",
        "observed agreement";
    KAPPA "Agreement of the two scanners beyond what chance gives: 1 is perfect, 0 is chance.",
        "(observed - expected) / (1 - expected)",
        "Cohen, Educational and Psychological Measurement 20, 1960";
    TESTED_ITEMS "Items with a sample that its test was run on.",
        "items with a tested sample",
        "CodeSecEval, section 3.4";
    SAMPLES "The fewest tested samples of one of these items: pass@k is answered up to this k.",
        "min n over the items",
        "CodeSecEval, section 3.4";
    PASSING "Tested samples that pass their item's test.",
        "passing / tested samples",
        "CodeSecEval, section 3.4";
    PASS_AT_K "The share of items that at least one of k samples solves, estimated without bias from all n samples.",
        "mean over items of 1 - C(n - c, k) / C(n, k), c of n samples pass; 95 % bootstrap over items",
        "Chen et al., \"Evaluating Large Language Models Trained on Code\", 2021, Eqn 1; CodeSecEval, section 3.4";
    INTERVAL "Where the estimate lies in 95 of 100 draws of items, each item with all its samples.",
        "percentile bootstrap over items",
        "Efron and Tibshirani, \"An Introduction to the Bootstrap\", 1993";
    GAIN "How much the second setting solves more than the first, in percentage points.",
        "second pass@k - first pass@k",
        "CodeSecEval, section 4, Figures 3 and 4";
    AGAINST "Samples by what the scanner says of the returned code and what the item's test says of it. Secure code that fails its test is false-secure.",
        "count of samples with this verdict and this result; other: error, timeout, killed",
        "tests against the scanner, this program";
    RATED "Versions of the code with the labels of two annotators or more. A label is an annotator's latest on the version; an adjudication is none.",
        "versions with labels of at least two annotators",
        "agreement of annotators, this program";
    APART "Versions on which not all annotators say the same.",
        "versions with two different labels, of those with labels of at least two annotators",
        "agreement of annotators, this program";
    OBSERVED "How often two annotators say the same of a version.",
        "mean over versions of the agreeing pairs of labels / all pairs; 95 % bootstrap over items",
        "Fleiss, Psychological Bulletin 76, 1971, Eqn 2";
    COHEN "Agreement of two annotators beyond what chance gives: 1 is perfect, 0 is chance. Of more than two see the pairs.",
        "(observed - expected) / (1 - expected), expected from each annotator's own shares; 95 % bootstrap over items",
        "Cohen, Educational and Psychological Measurement 20, 1960";
    FLEISS "Agreement of any number of annotators beyond what chance gives, who need not have labelled the same versions.",
        "(observed - expected) / (1 - expected), expected from the shares of all labels; 95 % bootstrap over items",
        "Fleiss, Psychological Bulletin 76, 1971; unequal numbers of labels as irrCAC's fleiss.kappa.raw";
    KRIPPENDORFF "Agreement beyond chance that corrects for few labels and takes missing ones; nominal data.",
        "1 - observed disagreement / expected disagreement, from the coincidence matrix; 95 % bootstrap over items",
        "Krippendorff, \"Computing Krippendorff's Alpha-Reliability\", 2011";
    AC1 "Agreement beyond chance that stays near the observed one where almost all labels are of one kind, and kappa does not.",
        "(observed - expected) / (1 - expected), expected from the shares of all labels over the three verdicts; 95 % bootstrap over items",
        "Gwet, \"Handbook of Inter-Rater Reliability\", 2014, chapter 2";
    CONFUSION "Versions that both annotators labelled, by what the one says and what the other says. Off the diagonal they differ.",
        "count of versions with these two labels",
        "agreement of annotators, this program";
    HEADER_LABELLED "Labels of your own on fixes, and the fixes of the run.",
        "fixes labelled; R realistic, U unrealistic, ? unsure",
        "FDSP paper, section 5.1";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_says_what_how_and_where() {
        for words in EVERY {
            assert!(words.what.ends_with('.') && words.what.len() > 20, "{}", words.what);
            assert!(!words.formula.is_empty() && !words.source.is_empty(), "{}", words.what);
        }
    }
}
