//! Floor 0: the words of the field as types. Items, findings, events, the fold, verdicts, labels, diffs,
//! code extraction and the gate for hostile text. No IO, no terminal, no SQL.

pub mod chain;
pub mod diff;
pub mod escape;
pub mod event;
pub mod execution;
pub mod extract;
pub mod finding;
pub mod fold;
pub mod hint;
pub mod ids;
pub mod item;
pub mod label;
pub mod projection;
pub mod settings;
pub mod text;
pub mod verdict;
