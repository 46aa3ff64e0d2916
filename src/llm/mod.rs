//! Floor 2: clients for wire formats, deadlines, retry.
