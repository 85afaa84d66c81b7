//! lotstream: the one binary. Every service as a command, the embedded mode, and the tools.

#![deny(clippy::print_stdout, reason = "a closed pipe is no panic: `stdout::print` alone prints")]

mod books;
mod breakage;
mod cli;
mod demo;
#[cfg(feature = "distributed")]
mod distributed;
mod entries;
mod failure;
mod identity;
mod inspect;
mod instant;
mod programme_check;
mod programme_words;
mod progress;
mod quote;
mod replay;
mod report;
mod run;
mod serve;
mod settle;
mod source;
mod statement;
mod stdout;
mod table;
mod totals;
mod versions;
mod voice;

use clap::Parser;
use cli::{Cli, Command, ListArgs, MemberArgs, ProgrammeCommand, QuoteArgs, StateArgs};
use failure::Failure;
use inspect::Shown;
use std::process::ExitCode;

/// What a shell says of a program that was stopped because nobody read on: 128 and the signal's number.
const SIGPIPE: u8 = 128 + 13;

fn main() -> ExitCode {
    match perform(Cli::parse()) {
        Ok(code) => code,
        Err(Failure::Closed) => ExitCode::from(SIGPIPE),
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
        Command::Serve(args) => serve::perform(&args),
        Command::Backup(args) => serve::back_up(&args),
        Command::Restore(args) => serve::restore(&args),
        Command::Member(args) => member(&args),
        Command::Quote(args) => tell_quote(&args),
        Command::State(args) => state(&args),
        Command::Breakage(args) => breakage::perform(&args),
        Command::Settle(args) => settle::perform(&args),
        Command::Statement(args) => statement::perform(&args),
        Command::Report(args) => report::perform(&args),
        Command::Replay(args) => replay::perform(&args),
        Command::Programme(ProgrammeCommand::Check(args)) => programme_check::perform(&args),
        Command::Programme(ProgrammeCommand::Explain(args)) => programme_words::explain(&args),
        Command::Programme(ProgrammeCommand::Diff(args)) => programme_words::diff(&args),
        Command::Programme(ProgrammeCommand::List(args)) => list_programmes(&args),
        #[cfg(feature = "distributed")]
        Command::Programme(ProgrammeCommand::Publish(args)) => distributed::publish_programme(&args),
        #[cfg(feature = "distributed")]
        Command::Distributed(command) => distributed::perform(&command),
        Command::Completions { shell } => {
            stdout::print(cli::completions(shell))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn member(args: &MemberArgs) -> Result<ExitCode, Failure> {
    match &args.place.data {
        Some(data) => print(&serve::member(data, args)?),
        #[cfg(feature = "distributed")]
        None if source::names_deployment(&args.settings) => print(&distributed::member(args)?),
        None => Err(source::no_ledger("")),
    }
}

fn tell_quote(args: &QuoteArgs) -> Result<ExitCode, Failure> {
    let question = quote::question(args)?;
    match &args.data {
        Some(data) => print(&serve::quote(data, question)?),
        None if question.is_of_the_file() => print(&quote::of_file(&question)?),
        #[cfg(feature = "distributed")]
        None if source::names_deployment(&args.settings) => print(&distributed::quote(args, &question)?),
        None => Err(source::no_ledger("; for --visitor and --tier LEVEL the file is enough")),
    }
}

fn list_programmes(args: &ListArgs) -> Result<ExitCode, Failure> {
    match &args.place.data {
        Some(data) => print(&serve::list_programmes(data, args.json)?),
        #[cfg(feature = "distributed")]
        None if source::names_deployment(&args.settings) => print(&distributed::list_programmes(args)?),
        None => Err(source::no_ledger("; of a file `programme explain FILE` tells")),
    }
}

fn state(args: &StateArgs) -> Result<ExitCode, Failure> {
    match &args.place.data {
        Some(data) => print(&serve::state(data, args)?),
        #[cfg(feature = "distributed")]
        None if source::names_deployment(&args.settings) => print(&distributed::state(args)?),
        None => Err(source::no_ledger("")),
    }
}

/// Prints what is shown; fails where it does not hold.
fn print(shown: &Shown) -> Result<ExitCode, Failure> {
    stdout::print(&shown.text)?;
    Ok(if shown.holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
