//! Words of what was said, as expectations spell them.

use domain::Event;
use domain::event::OutcomeRecord;
use domain::outcome::OutcomeKind;

/// Whether it is the later fate of an event.
pub fn is_fate(event: &Event) -> bool {
    matches!(event, Event::Outcome(record) if record.later)
}

pub fn kind_text(kind: OutcomeKind) -> String {
    snake(&format!("{kind:?}"))
}

pub fn reason_text(record: &OutcomeRecord) -> String {
    snake(&format!("{:?}", record.outcome.reason))
}

pub fn snake(camel: &str) -> String {
    let mut text = String::new();
    for (place, letter) in camel.chars().enumerate() {
        if letter.is_uppercase() && place > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
