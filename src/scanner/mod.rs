//! Floor 2: Bandit as a warm worker, the S rules of ruff in process. Scanning is not judging.
