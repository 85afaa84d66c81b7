//! `lotstream dlq`: dead letters (S27) looked at, and their records written again once the cause is mended.
//!
//! What is meant and what is to be done with each is decided by plain functions ([`filter`], [`fate`]); the rest reads
//! and writes topics.

mod fate;
mod filter;
mod letter;
mod list;
mod replay;
mod replays;
mod show;
mod told;
mod value;

use super::for_tool;
use crate::cli::dlq::DlqCommand;
use crate::failure::Failure;
use std::process::ExitCode;

/// Performs a command about dead letters.
pub(super) fn perform(command: &DlqCommand) -> Result<ExitCode, Failure> {
    match command {
        DlqCommand::List(args) => list::perform(&for_tool(&args.settings)?, args),
        DlqCommand::Show(args) => show::perform(&for_tool(&args.settings)?, args),
        DlqCommand::Replay(args) => replay::perform(&for_tool(&args.settings)?, args),
    }
}
