//! Whether this machine's clock agrees with the broker's: lateness and expiry are judged by the broker's, so a
//! service whose own is far off stops and says so.

use crate::error::Error;
use domain::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far apart the clocks may be.
pub const ALLOWED_CLOCK_DIFFERENCE: Duration = Duration::from_secs(60);

/// Compares the append time of a record this process wrote with when it was sent and acknowledged, all in
/// milliseconds since 1970. The time on the way counts for neither clock.
pub fn check_clock(sent: Timestamp, acknowledged: Timestamp, appended: Timestamp) -> Result<(), Error> {
    let allowed = i64::try_from(ALLOWED_CLOCK_DIFFERENCE.as_millis()).unwrap_or(i64::MAX);
    let ahead = sent.0.saturating_sub(appended.0);
    let behind = appended.0.saturating_sub(acknowledged.0);
    if ahead > allowed {
        return Err(Error::Clock { ahead, allowed });
    }
    if behind > allowed {
        return Err(Error::Clock { ahead: -behind, allowed });
    }
    Ok(())
}

/// Compares an append time of a record acknowledged just now with this machine's clock.
pub fn check_clock_against(appended: Timestamp) -> Result<(), Error> {
    let now = now();
    check_clock(now, now, appended)
}

/// This machine's clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_over_a_minute_off_is_an_error_that_says_which_way() {
        let at = |sent, acknowledged, appended| {
            check_clock(Timestamp(sent), Timestamp(acknowledged), Timestamp(appended))
                .err()
                .map(|error| error.to_string().split(';').next().unwrap().to_owned())
        };
        assert_eq!(at(1_000, 2_000, 1_500), None);
        assert_eq!(at(60_000, 60_001, 0), None);
        assert_eq!(at(0, 1, 60_001), None);
        let ahead = "this machine's clock is 60001 ms ahead of the broker's, at most 60000 ms expected";
        assert_eq!(at(60_001, 60_002, 0), Some(ahead.to_owned()));
        let behind = "this machine's clock is 60001 ms behind the broker's, at most 60000 ms expected";
        assert_eq!(at(0, 1, 60_002), Some(behind.to_owned()));
    }

    #[test]
    fn a_slow_broker_is_not_a_wrong_clock() {
        check_clock(Timestamp(0), Timestamp(500_000), Timestamp(250_000)).unwrap();
    }
}
