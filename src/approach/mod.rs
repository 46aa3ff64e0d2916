//! Floor 1: pure state machines that decide what happens next. No IO.
