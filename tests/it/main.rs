//! One test binary: a module per subject, support shared. Linking once is what keeps the suite short.

mod adjudication;
mod agreement;
mod approaches;
mod bandit;
mod bytes;
mod craft;
mod dataset;
mod desk;
mod endure;
mod exchange;
#[cfg(target_os = "linux")]
mod execute;
mod hostile;
mod keys;
mod label_files;
mod labels;
mod lattice;
mod llm;
mod metrics;
mod play;
mod pty;
mod python;
mod readme;
mod replay;
mod report;
mod report_screen;
mod rescan;
mod review;
mod review_bench;
mod run;
#[cfg(target_os = "linux")]
mod sandbox;
mod sarif;
mod scan;
mod screens;
mod several;
mod store;
mod support;
mod tested;
mod themes;
mod turns;
#[cfg(target_os = "linux")]
mod unittests;
mod workbench;
