//! What crosses crates: end-to-end runs on real servers and the architecture's rules live in `tests/`.
