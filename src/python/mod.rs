//! Floor 0: the one place that names a ruff crate.
