//! The engine's protocol (design §5, §6) on the memory backend: every step at which an instance can die, and
//! whole histories of crashes, against the fold of the input.

mod chaos;
mod tally;
mod world;

mod cases;
