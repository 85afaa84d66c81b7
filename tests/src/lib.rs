//! What crosses crates: end-to-end runs on real servers and the architecture's rules live in `tests/`.
//!
//! Here is what they share: a deployment of real processes on real servers, faults, and a checker that
//! believes nothing but topics and tables. Knows the services only by their commands, never calls into them.

pub mod access;
pub mod acknowledged;
pub mod cards;
pub mod checker;
pub mod cluster;
pub mod coalition;
pub mod collector;
pub mod deployment;
pub mod faults;
pub mod feeds;
pub mod fleet;
pub mod journal;
pub mod kills;
pub mod local;
pub mod own;
pub mod places;
pub mod progress;
pub mod raw;
pub mod raw_door;
pub mod sample;
pub mod scene;
pub mod servers;
pub mod service;
pub mod settled;
pub mod shop;
pub mod tool;
pub mod traces;
pub mod wait;
