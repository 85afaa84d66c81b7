//! `lotstream partner`: who takes part in a deployment, and whether it is read.

mod access;
mod add;
mod entry;
mod grant;
mod list;
mod pause;
mod states;
mod topics;

use super::{for_tool, other};
use crate::cli::partner::PartnerCommand;
use crate::failure::Failure;
use std::process::ExitCode;

/// Performs a command about partners.
pub(super) fn perform(command: &PartnerCommand) -> Result<ExitCode, Failure> {
    match command {
        PartnerCommand::Add(args) => add::perform(&for_tool(&args.settings)?, args),
        PartnerCommand::List(args) => list::perform(&for_tool(&args.settings)?, args),
        PartnerCommand::Pause(args) => pause::pause(&for_tool(&args.settings)?, args),
        PartnerCommand::Resume(args) => pause::resume(&for_tool(&args.settings)?, args),
    }
}

/// Checks a partner's name: topics must be able to bear it, and keys to hold it.
fn check_name(name: &str) -> Result<(), Failure> {
    /// The longest name of a topic is 249 bytes; feeds and prefixes want some of it.
    const LONGEST: usize = 150;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if (1..=LONGEST).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(other(format!(
        "expected a partner's name of 1 to {LONGEST} letters, digits, `.`, `_` and `-`, as its topics bear it, found \
         `{name}`"
    )))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_partner_is_named_as_a_topic_can_be() {
        for good in ["pharmacy", "Shop_1.eu", "a"] {
            assert!(super::check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "the bank", "a:b", "(programme)", "ä", &"x".repeat(151)] {
            let told = super::check_name(bad).unwrap_err().to_string();
            assert!(told.contains(&format!("found `{bad}`")), "{told}");
        }
    }
}
