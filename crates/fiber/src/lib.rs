//! Stack switching between host and guest.
