//! Labels out and in: `lines` is the full form, which stores exchange; `check` says whether such files are whole; `flat`
//! is a table of what stands; `tools` writes the forms of Label Studio and Prodigy, `back` reads them.

pub mod back;
pub mod check;
pub mod flat;
pub mod lines;
pub mod tools;
