//! The walk: the first example of the programme file, told with the figures the core found.

use programme::{ExampleRun, Expectation, StepRun};
use std::fmt::Write;

/// The walk, a paragraph a step.
pub(super) fn told(walk: &ExampleRun) -> String {
    let mut text = format!("\n  The bicycle shop — {}\n\n", walk.name);
    walk.steps.iter().for_each(|step| tell(step, &mut text));
    text.trim_end_matches('\n').to_owned() + "\n"
}

fn tell(step: &StepRun, text: &mut String) {
    let name = step.name.as_deref().unwrap_or("time passes");
    let _ = writeln!(text, "  {}  {}", step.at, name);
    let figures: Vec<String> = step.expectations.iter().map(figure).collect();
    for line in wrapped(&figures, 84) {
        let _ = writeln!(text, "  {:>width$}  {line}", "", width = step.at.chars().count());
    }
    text.push('\n');
}

fn figure(expectation: &Expectation) -> String {
    let Expectation { what, found, expected, met, .. } = expectation;
    if *met { format!("{what} {found}") } else { format!("{what} {found}, NOT {expected} AS PUBLISHED") }
}

/// Joins `figures` with dots into lines of about this width.
fn wrapped(figures: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for figure in figures {
        match lines.last_mut() {
            Some(line) if line.chars().count() + figure.chars().count() + 3 <= width => {
                line.push_str(" · ");
                line.push_str(figure);
            }
            _ => lines.push(figure.clone()),
        }
    }
    lines
}
