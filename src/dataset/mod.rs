//! Floor 2: loaders and quarantine.
