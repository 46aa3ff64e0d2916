//! Which call a place belongs to: ruff marks the callee or an argument where other scanners mark the call.

use std::collections::HashMap;

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_expr};
use ruff_python_ast::{Expr, ModModule};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextRange};

/// Every call of a module.
#[derive(Default)]
pub struct Calls {
    /// Outer before inner, so by start.
    calls: Vec<Call>,
    by_callee: HashMap<TextRange, usize>,
    around: Option<usize>,
}

struct Call {
    callee: TextRange,
    whole: TextRange,
    around: Option<usize>,
}

impl Calls {
    pub fn of(parsed: &Parsed<ModModule>) -> Self {
        let mut calls = Self::default();
        calls.visit_body(parsed.suite());
        calls
    }

    /// The call of which `callee` is what is called.
    pub fn calling(&self, callee: TextRange) -> Option<TextRange> {
        self.by_callee.get(&callee).map(|&at| self.calls[at].whole)
    }

    /// The innermost call that has `argument` among its arguments.
    pub fn with_argument(&self, argument: TextRange) -> Option<TextRange> {
        let after = self.calls.partition_point(|call| call.whole.start() <= argument.start());
        let last = after.checked_sub(1);
        let outwards = std::iter::successors(last, |&at| self.calls[at].around);
        let mut calls = outwards.map(|at| &self.calls[at]);
        let has = |call: &&Call| call.whole.contains_range(argument) && call.callee.end() <= argument.start();
        calls.find(has).map(|call| call.whole)
    }
}

impl<'a> SourceOrderVisitor<'a> for Calls {
    fn visit_expr(&mut self, expr: &'a Expr) {
        let Expr::Call(call) = expr else { return walk_expr(self, expr) };
        let around = self.around;
        let at = self.calls.len();
        self.calls.push(Call { callee: call.func.range(), whole: call.range(), around });
        self.by_callee.insert(call.func.range(), at);
        self.around = Some(at);
        walk_expr(self, expr);
        self.around = around;
    }
}
