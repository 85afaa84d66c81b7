//! The walk: the first example of the programme file, told with the figures the core found.

use programme::{ExampleRun, Expectation, StepRun};

/// Prints the walk, a paragraph a step.
pub(super) fn tell(walk: &ExampleRun) {
    println!("\n  The bicycle shop — {}\n", walk.name);
    for step in &walk.steps {
        tell_step(step);
    }
}

fn tell_step(step: &StepRun) {
    let name = step.name.as_deref().unwrap_or("time passes");
    println!("  {}  {}", step.at, name);
    let figures: Vec<String> = step.expectations.iter().map(figure).collect();
    for line in wrapped(&figures, 84) {
        println!("  {:>width$}  {line}", "", width = step.at.chars().count());
    }
    println!();
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
