//! The study as JSON: every number at full precision, with the items behind each count.

use serde::Serialize;
use serde_json::{Value, json};

use super::build::codeseceval_paper::wanted;
use super::build::paper::sets;
use super::{Part, Source};
use crate::core::escape;
use crate::core::ids::ApproachId;
use crate::metrics::codeseceval::{Published, Setting};
use crate::metrics::executed::{Executed, Pass, TypePass};
use crate::metrics::hints::{Hints, Hollow, Kind};
use crate::metrics::paper::{Paper, PaperCell, PaperSet, Printed};
use crate::metrics::sides::Sides;
use crate::metrics::{
    Block, Cell, CweBar, CweFigures, Interval, Line, PairedTest, RowRef, ScannerPair, Share, Table1, Table2,
    Unrealistic,
};

/// The whole study, with a newline at its end. What a terminal would act on stands as `\u` escapes.
///
/// # Errors
/// None that a study can cause; a serializer has them by its type.
pub fn json(source: &Source) -> serde_json::Result<String> {
    visible(&value(source))
}

/// Any value as [`json`] writes it.
///
/// # Errors
/// Those of the value's serializer.
pub fn visible(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    Ok(format!("{}\n", escape::json(&text)))
}

fn value(source: &Source) -> Value {
    let view = View(source);
    let (study, part) = (source.study, source.part);
    let mut out = json!({ "runs": source.rows.iter().map(|run| json!({ "items": run.items, "info": run.info })).collect::<Vec<_>>() });
    out["hollow"] = list(&study.hollow, |line| view.hollow(line));
    if part == Part::Hints {
        out["hints"] = list(&study.hints, |hints| view.hints(hints));
    }
    if part.table1() {
        out["table1"] = list(&study.table1, |table| view.table1(table));
        out["unrealistic"] = list(&study.unrealistic, |line| view.unrealistic(line));
        out["reasons"] = json!(source.why);
    }
    if let Some(agreement) = source.agreement.filter(|it| part.table1() && it.comparable()) {
        out["agreement"] = json!(agreement);
    }
    if part != Part::Table2 {
        out["executed"] = list(&study.executed, |line| view.executed(line));
    }
    if part.codeseceval() {
        out["codeseceval"] = json!({
            "table1": list(source.sets, |set| json!({
                "dataset": set.dataset,
                "parts": list(&set.parts, |(name, stats)| json!({ "subset": name, "stats": stats })),
            })),
            "figures": list(&study.sides, |sides| view.sides(sides)),
        });
    }
    if part.figures() {
        out["cwes"] = list(&study.cwes, |figures| view.cwes(figures));
    }
    if part.table2() {
        out["table2"] = list(&study.table2, |table| view.table2(table));
        out["scanners"] = list(&study.scanners, |pair| view.pair(pair));
    }
    if let Some((fdsp, codeseceval)) = source.paper {
        if part != Part::CodeSecEval {
            out["paper"] = published(source, fdsp);
        }
        if wanted(source) {
            out["codeseceval_paper"] = published_codeseceval(codeseceval);
        }
    }
    out
}

/// The published cells of the sets that the runs are over, each with the counts that print so.
fn published(source: &Source, paper: &Paper) -> Value {
    let set = |set: &&PaperSet| {
        let row = |(approach, cells): (&ApproachId, &Vec<PaperCell>)| {
            let cells = cells.iter().enumerate().map(|(at, cell)| {
                json!({
                    "model": paper.models.get(at),
                    "share": cell.share.to_string(),
                    "drop": cell.drop.as_ref().map(ToString::to_string),
                    "reproduced": set.reproduced(*approach, at),
                })
            });
            json!({ "approach": approach, "cells": cells.collect::<Vec<_>>() })
        };
        json!({ "dataset": set.name, "items": set.items, "rows": set.table1.iter().map(row).collect::<Vec<_>>() })
    };
    json!({
        "title": paper.title,
        "section": paper.section,
        "table1": list(&sets(source.study, paper), set),
        "notes": list(&paper.notes, |note| json!({ "place": note.place, "text": note.text })),
    })
}

/// Tables 2 to 4 of CodeSecEval as printed, each value with the counts that print so.
fn published_codeseceval(paper: &Published) -> Value {
    let value = |part: &crate::metrics::codeseceval::Part, (k, printed): (&u32, &Printed)| json!({ "k": k, "printed": printed.to_string(), "counts": paper.counts(part, *k, printed) });
    let row = |setting: &Setting, model: &String| {
        let parts = setting.row(model).map(|(part, values)| {
            let values: Vec<Value> = paper.ks.iter().zip(values).map(|found| value(part, found)).collect();
            json!({ "items_of": part.name, "items": part.items, "values": values })
        });
        json!({ "model": model, "columns": parts.collect::<Vec<_>>() })
    };
    json!({
        "title": paper.title,
        "section": paper.section,
        "settings": list(&paper.settings, |setting| json!({
            "table": setting.table,
            "name": setting.name,
            "approach": setting.approach,
            "rows": list(&paper.models, |model| row(setting, model)),
        })),
        "misfits": list(&paper.misfits(), |misfit| json!({ "values": misfit, "words": misfit.words() })),
        "notes": list(&paper.notes, |note| json!({ "place": note.place, "text": note.text })),
    })
}

fn list<T>(values: &[T], of: impl Fn(&T) -> Value) -> Value {
    Value::Array(values.iter().map(of).collect())
}

struct View<'a>(&'a Source<'a>);

impl View<'_> {
    fn run(&self, at: u32) -> Value {
        self.0.study.runs.get(at as usize).map_or(Value::Null, |run| json!(run.id))
    }

    /// `samples` stands beside `evidence` where an item has more than one.
    fn share(&self, share: &Share) -> Value {
        let rows: Vec<_> = share
            .evidence
            .iter()
            .filter_map(|at| self.0.rows.get(at.run as usize)?.rows.get(at.row as usize))
            .collect();
        let ends = share.interval();
        let mut out = json!({
            "count": share.count,
            "of": share.of,
            "value": share.value(),
            "low": ends.map(|Interval { low, .. }| low),
            "high": ends.map(|Interval { high, .. }| high),
            "evidence": rows.iter().map(|row| row.item.as_str()).collect::<Vec<_>>(),
        });
        if rows.iter().any(|row| row.stream.sample > 0) {
            out["samples"] = rows.iter().map(|row| row.stream.sample).collect();
        }
        out
    }

    fn block<T>(&self, block: &Block<T>, of: impl Fn(&T) -> Value) -> Value {
        let line = |line: &Line<T>| {
            let cells: Vec<Value> = line.cells.iter().map(|cell| cell.as_ref().map_or(Value::Null, &of)).collect();
            json!({ "approach": line.approach, "cells": cells })
        };
        json!({
            "dataset": block.dataset,
            "runs": list(&block.runs, |&at| self.run(at)),
            "rows": list(&block.rows, line),
        })
    }

    fn table1(&self, table: &Table1) -> Value {
        json!({
            "mode": table.mode,
            "labels": table.labels,
            "blocks": list(&table.blocks, |block| self.block(block, |cell| self.cell(cell))),
            "tests": list(&table.tests, |test| self.test(test)),
        })
    }

    fn cell(&self, cell: &Cell) -> Value {
        let mut out = json!({
            "vulnerable": self.share(&cell.vulnerable),
            "invalid": self.share(&cell.invalid),
            "pending": self.share(&cell.pending),
            "drop_points": cell.drop,
            "relative_drop": cell.relative_drop,
        });
        if let Some(labels) = &cell.labels {
            out["label_bounds"] = json!({
                "labelled": self.share(&labels.labelled),
                "unrealistic": self.share(&labels.unrealistic),
                "unsure": self.share(&labels.unsure),
                "disputed": self.share(&labels.disputed),
                "best": self.share(&labels.best),
                "worst": self.share(&labels.worst),
            });
        }
        out
    }

    fn test(&self, test: &PairedTest) -> Value {
        json!({
            "run": self.run(test.run),
            "first": test.first,
            "second": test.second,
            "items": test.items,
            "first_only": self.share(&test.first_only),
            "second_only": self.share(&test.second_only),
            "p": test.p,
        })
    }

    fn unrealistic(&self, line: &Unrealistic) -> Value {
        json!({
            "run": self.run(line.run),
            "approach": line.approach,
            "labelled": self.share(&line.labelled),
            "unrealistic": self.share(&line.unrealistic),
            "versions": line.versions,
        })
    }

    fn pass(&self, pass: &Pass) -> Value {
        json!({
            "items": pass.items,
            "samples": pass.samples,
            "tested": { "count": pass.tested.count, "of": pass.tested.of },
            "pass": self.share(&pass.pass),
            "solved": self.share(&pass.solved),
            "at_k": pass.at_k,
        })
    }

    fn types(&self, types: &[TypePass]) -> Value {
        list(types, |line| json!({ "cwe": line.cwe, "pass": self.pass(&line.pass) }))
    }

    fn executed(&self, line: &Executed) -> Value {
        let rows = |rows: &[RowRef]| self.share(&Share::of(line.all.tested.count, rows.to_vec()));
        json!({
            "run": self.run(line.run),
            "approach": line.approach,
            "all": self.pass(&line.all),
            "types": self.types(&line.types),
            "subsets": list(&line.subsets, |subset| json!({
                "name": subset.name,
                "pass": self.pass(&subset.pass),
                "types": self.types(&subset.types),
            })),
            "steps": line.steps.as_ref().map(|steps| {
                json!({ "with": self.pass(&steps.with), "without": self.pass(&steps.without) })
            }),
            "refused": line.refused,
            "false_secure": self.share(&line.false_secure),
            "sound": self.share(&line.sound),
            "confusion": list(&line.confusion, |cell| json!({
                "verdict": cell.verdict,
                "pass": rows(&cell.pass),
                "fail": rows(&cell.fail),
                "other": rows(&cell.other),
            })),
        })
    }

    fn sides(&self, sides: &Sides) -> Value {
        let side = |pass: &Option<Pass>| pass.as_ref().map(|pass| self.pass(pass));
        json!({
            "run": self.run(sides.run),
            "settings": sides.settings,
            "subset": sides.subset,
            "k": sides.k,
            "types": list(&sides.types, |line| json!({
                "cwe": line.cwe,
                "first": side(&line.sides.0),
                "second": side(&line.sides.1),
                "gain_points": line.gain,
            })),
        })
    }

    fn hollow(&self, line: &Hollow) -> Value {
        json!({ "run": self.run(line.run), "mode": line.mode, "fixes": self.share(&line.fixes) })
    }

    fn hints(&self, hints: &Hints) -> Value {
        let kind = |line: &Kind| {
            json!({
                "kind": line.kind,
                "fixes": self.share(&line.fixes),
                "precision": self.share(&line.precision),
                "recall": self.share(&line.recall),
            })
        };
        let waits = |at: &RowRef| {
            let row = self.0.rows.get(at.run as usize).and_then(|run| run.rows.get(at.row as usize));
            row.map(
                |row| json!({ "item": row.item, "stream": row.stream, "hints": row.own().map(|facts| &facts.hints) }),
            )
        };
        json!({
            "run": self.run(hints.run),
            "unrealistic": self.share(&hints.unrealistic),
            "any": kind(&hints.any),
            "kinds": list(&hints.kinds, kind),
            "queue": list(&hints.queue.evidence, |at| waits(at).unwrap_or_default()),
        })
    }

    fn bar(&self, bar: &CweBar) -> Value {
        json!({ "cwe": bar.cwe, "findings": bar.findings, "of": bar.of, "items": self.share(&bar.items) })
    }

    fn cwes(&self, figures: &CweFigures) -> Value {
        json!({
            "run": self.run(figures.run),
            "mode": figures.mode,
            "figure3": list(&figures.generated, |bar| self.bar(bar)),
            "figure4": {
                "approach": figures.unresolved_by,
                "unresolved": list(&figures.unresolved, |bar| self.bar(bar)),
            },
            "figure5": list(&figures.by_approach, |(approach, bars)| {
                json!({ "approach": approach, "cwes": list(bars, |bar| self.bar(bar)) })
            }),
        })
    }

    fn table2(&self, table: &Table2) -> Value {
        json!({
            "mode": table.mode,
            "scanner": table.scanner,
            "blocks": list(&table.blocks, |block| self.block(block, |share| self.share(share))),
        })
    }

    fn pair(&self, pair: &ScannerPair) -> Value {
        json!({
            "run": self.run(pair.run),
            "mode": pair.mode,
            "first": pair.first,
            "second": pair.second,
            "both": self.share(&pair.both),
            "first_only": self.share(&pair.first_only),
            "second_only": self.share(&pair.second_only),
            "neither": self.share(&pair.neither),
            "kappa": pair.kappa,
            "by_cwe": list(&pair.by_cwe, |line| json!({
                "cwe": line.cwe,
                "both": self.share(&line.both),
                "first_only": self.share(&line.first_only),
                "second_only": self.share(&line.second_only),
            })),
        })
    }
}
