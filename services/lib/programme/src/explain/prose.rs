//! Prose: sections of sentences.

use super::sheet::wrapped;
use serde::Serialize;
use std::fmt;

/// How wide prose is printed, in characters.
const WIDTH: usize = 96;

/// A programme in the words of a member.
#[derive(Clone, Debug, Serialize)]
pub struct Prose {
    /// What it is about.
    pub title: String,
    /// Its sections, none empty.
    pub sections: Vec<Section>,
}

/// Sentences under a heading.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// The heading.
    pub heading: &'static str,
    /// The sentences.
    pub sentences: Vec<String>,
}

impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for section in &self.sections {
            writeln!(f, "\n{}", section.heading)?;
            for sentence in &section.sentences {
                for (number, line) in wrapped(sentence, WIDTH - 4).iter().enumerate() {
                    writeln!(f, "  {} {line}", if number == 0 { "-" } else { " " })?;
                }
            }
        }
        Ok(())
    }
}
