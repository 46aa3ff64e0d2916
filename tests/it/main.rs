//! One test binary: a module per subject, support shared. Linking once is what keeps the suite short.

mod dataset;
mod screens;
mod llm;
mod run;
mod store;
mod bytes;
mod support;

mod agreement;
mod bandit;
mod python;
mod scan;
