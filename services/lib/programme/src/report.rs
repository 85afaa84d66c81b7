//! The report of a check: what is wrong in a file, and what its examples found.

use crate::problem::Problem;
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// What checking a programme file found. [`fmt::Display`] prints every mistake, failing expectation and
/// warning, then one line that sums up.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The file, as the caller named it.
    pub file: String,
    /// Mistakes that keep it from being a programme; where there are any, no example is run.
    pub problems: Vec<Problem>,
    /// Its examples, in order.
    pub examples: Vec<ExampleRun>,
    /// That some of its examples happen before the version begins, told once for all of them.
    pub early: Option<Problem>,
    /// What is no mistake, and surely not meant; none of a file with mistakes.
    pub warnings: Vec<Problem>,
}

/// An example that was run.
#[derive(Clone, Debug, Serialize)]
pub struct ExampleRun {
    /// Its name.
    pub name: String,
    /// Whether it happens before the version begins, and so shows nothing: its figures are not judged.
    pub early: bool,
    /// Its steps, in order.
    pub steps: Vec<StepRun>,
}

/// A step that was run.
#[derive(Clone, Debug, Serialize)]
pub struct StepRun {
    /// Its number, from 1.
    pub number: usize,
    /// When it was, local to the programme's zone.
    pub at: String,
    /// What happened, where the author says so.
    pub name: Option<String>,
    /// Every figure it expects, in the order of the file.
    pub expectations: Vec<Expectation>,
}

/// A figure an example expects, and what the core answered.
#[derive(Clone, Debug, Serialize)]
pub struct Expectation {
    /// What was expected, in words.
    pub what: String,
    /// The expected figure.
    pub expected: String,
    /// The core's figure.
    pub found: String,
    /// Whether they are the same.
    pub met: bool,
    /// The line it is written on, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The bytes of the expected figure in the text.
    pub span: Range<usize>,
    /// The failure as a problem to print, where they differ.
    pub problem: Option<Problem>,
}

impl Report {
    /// Whether the file is a programme and every expectation is met.
    pub fn passed(&self) -> bool {
        self.problems.is_empty() && self.early.is_none() && self.failures().next().is_none()
    }

    /// Whether it passed without a warning.
    pub fn is_clean(&self) -> bool {
        self.passed() && self.warnings.is_empty()
    }

    /// The expectations that are not met, of examples that are judged.
    pub fn failures(&self) -> impl Iterator<Item = &Expectation> {
        let judged = self.examples.iter().filter(|example| !example.early);
        let expectations = judged.flat_map(|example| &example.steps).flat_map(|step| &step.expectations);
        expectations.filter(|expectation| !expectation.met)
    }

    /// Every expectation of every example.
    pub fn expectations(&self) -> impl Iterator<Item = &Expectation> {
        self.examples.iter().flat_map(|example| &example.steps).flat_map(|step| &step.expectations)
    }

    /// The mistakes of the file and the failures of its examples.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        let failures = self.failures().filter_map(|failure| failure.problem.as_ref());
        self.problems.iter().chain(&self.early).chain(failures)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.all_problems() {
            writeln!(f, "{problem}")?;
        }
        for warning in &self.warnings {
            let message = format!("warning: {}", warning.message);
            writeln!(f, "{}", Problem { message, ..warning.clone() })?;
        }
        let (problems, failures) = (self.problems.len(), self.failures().count());
        let count = |number: usize, noun: &str| match number {
            1 => format!("1 {noun}"),
            _ => format!("{number} {noun}s"),
        };
        if problems > 0 {
            return write!(f, "{}: {}", self.file, count(problems, "mistake"));
        }
        let (examples, figures) = (self.examples.len(), self.expectations().count());
        let (examples, figures) = (count(examples, "example"), count(figures, "expected figure"));
        let early = self.examples.iter().filter(|example| example.early).count();
        if early > 0 {
            write!(f, "{}: {early} of {examples} before the version begins", self.file)?;
            if failures > 0 {
                write!(f, ", {failures} of the others' figures not as expected")?;
            }
        }
        match failures {
            _ if early > 0 => {}
            0 => write!(f, "{}: {examples}, {figures}, all as expected", self.file)?,
            _ => write!(f, "{}: {examples}, {figures}, {failures} not as expected", self.file)?,
        }
        match self.warnings.len() {
            0 => Ok(()),
            warnings => write!(f, ", {}", count(warnings, "warning")),
        }
    }
}
