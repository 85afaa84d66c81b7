//! Waiting for a server that does not answer: asked again until it does, or until the stop.
//!
//! What no patience mends (a missing topic or table, a schema the registry refuses) is the caller's to tell, and ends
//! the waiting at once.

use crate::{Health, Stop};
use std::error::Error;
use std::time::Duration;

/// How long before one that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// What `ask` gives, once it does; `None` where the stop came first. `health` says meanwhile that `whom` does not
/// answer, and the log why.
///
/// # Errors
/// The first error that `passes` does not call a passing one.
pub fn patiently<T, E: Error>(
    stop: &Stop,
    health: &Health,
    whom: &str,
    passes: fn(&E) -> bool,
    mut ask: impl FnMut() -> Result<T, E>,
) -> Result<Option<T>, E> {
    while !stop.is_asked() {
        health.beat();
        match ask() {
            Err(error) if passes(&error) => {
                tracing::warn!(error = whole(&error), "{whom} does not answer; asking again until it does");
                health.waiting(&format!("{whom} does not answer"));
                stop.wait(AGAIN);
            }
            answer => return answer.map(Some),
        }
    }
    tracing::info!("stopped while waiting for {whom}");
    Ok(None)
}

/// An error with what is behind it.
fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        let more = behind.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = behind.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, thiserror::Error)]
    enum Trouble {
        #[error("away")]
        Away,
        #[error("wrong: {0}")]
        Wrong(#[source] std::fmt::Error),
    }

    const fn passes(trouble: &Trouble) -> bool {
        matches!(trouble, Trouble::Away)
    }

    #[test]
    fn what_does_not_answer_is_asked_again_and_what_is_wrong_is_not() {
        let (stop, health) = (Stop::default(), Health::new(Duration::from_secs(60)));
        let mut answers = [Err(Trouble::Away), Ok(7)].into_iter();
        let mut asked = 0;
        let found = patiently(&stop, &health, "kafka", passes, || {
            asked += 1;
            answers.next().unwrap()
        });
        assert_eq!((found, asked), (Ok(Some(7)), 2));
        assert_eq!(health.not_ready().as_deref(), Some("kafka does not answer"));
        let wrong = || Err::<i32, _>(Trouble::Wrong(std::fmt::Error));
        assert_eq!(patiently(&stop, &health, "kafka", passes, wrong), wrong().map(Some));
        stop.ask();
        assert_eq!(patiently(&stop, &health, "kafka", passes, || Err::<i32, _>(Trouble::Away)), Ok(None));
    }

    #[test]
    fn an_error_is_told_with_what_is_behind_it_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("the store")]
        struct Outer(#[source] Trouble);
        let text = whole(&Outer(Trouble::Wrong(std::fmt::Error)));
        assert_eq!(text, format!("the store: wrong: {}", std::fmt::Error));
    }
}
