//! The study's numbers over real stores, against an independent computation.

mod agreement;
mod codeseceval;
mod known;
mod passk;
mod published;
mod recompute;

type Outcome = Result<(), Box<dyn std::error::Error>>;
