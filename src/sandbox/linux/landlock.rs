//! Landlock: files may be read below the root, written in the private folders alone; with a kernel that knows how, no
//! abstract socket and no signal leaves the program's own processes.

use std::io;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

const NEWEST: ABI = ABI::V6;

/// Restricts this process. `network`: loopback of its own namespace may be used; without one no TCP at all.
///
/// Returns whether anything is enforced.
pub fn restrict(readable: &[&Path], writable: &[&Path], network: bool) -> io::Result<bool> {
    apply(readable, writable, network).map_err(io::Error::other)
}

fn apply(readable: &[&Path], writable: &[&Path], network: bool) -> Result<bool, RulesetError> {
    let mut rules =
        Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::from_all(NEWEST))?;
    if !network {
        rules = rules.handle_access(AccessNet::from_all(NEWEST))?;
    }
    let mut rules = rules.scope(Scope::from_all(NEWEST))?.create()?;
    for (paths, access) in [(readable, AccessFs::from_read(NEWEST)), (writable, AccessFs::from_all(NEWEST))] {
        for path in paths {
            // What is not there needs no rule.
            if let Ok(fd) = PathFd::new(path) {
                rules = rules.add_rule(PathBeneath::new(fd, access))?;
            }
        }
    }
    Ok(rules.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
}
