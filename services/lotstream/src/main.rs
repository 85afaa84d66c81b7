//! lotstream: the one binary. Every service as a command, the embedded mode, and the tools.

mod books;
mod cli;
mod demo;
#[cfg(feature = "distributed")]
mod distributed;
mod entries;
mod failure;
mod instant;
mod programme_check;
mod progress;
mod run;
mod settle;
mod statement;
mod table;
mod totals;

use clap::Parser;
use cli::{Cli, Command, ProgrammeCommand};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    match perform(Cli::parse()) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("lotstream: {failure}");
            ExitCode::from(2)
        }
    }
}

fn perform(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Demo(args) => demo::perform(&args),
        Command::Run(args) => run::perform(&args),
        Command::Settle(args) => settle::perform(&args),
        Command::Statement(args) => statement::perform(&args),
        Command::Programme(ProgrammeCommand::Check(args)) => programme_check::perform(&args),
        #[cfg(feature = "distributed")]
        Command::Programme(ProgrammeCommand::Publish(args)) => distributed::publish_programme(&args),
        #[cfg(feature = "distributed")]
        Command::Distributed(command) => distributed::perform(&command),
        Command::Completions { shell } => {
            cli::print_completions(shell);
            Ok(ExitCode::SUCCESS)
        }
    }
}
