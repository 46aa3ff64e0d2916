//! One test binary: a module per subject, support shared. Linking once is what keeps the suite short.

mod dataset;
mod llm;
mod store;
mod support;
