//! One test binary: a module per subject, support shared. Linking once is what keeps the suite short.

mod agreement;
mod bandit;
mod bytes;
mod dataset;
mod llm;
mod pty;
mod python;
mod replay;
mod rescan;
mod run;
mod sarif;
mod scan;
mod screens;
mod store;
mod support;
mod turns;
mod workbench;
