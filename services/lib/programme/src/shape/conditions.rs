//! The keys that say under which circumstances something applies; rules share them with whatever else asks.

use super::{Key, key};

pub(crate) const ONLY: Key = key(
    "only",
    "table",
    "any",
    "attributes of the purchase, and for each a list of values, or `{ from = …, below = … }` for a whole number",
);
pub(crate) const EXCEPT: Key =
    key("except", "table", "none", "attributes, written alike, of which none may be so");
pub(crate) const DATED_FROM: Key = key("from", "local date or instant", "any time", "from when on");
pub(crate) const UNTIL: Key = key("until", "local date or instant", "any time", "before when");
pub(crate) const DURING: Key = key("during", "list of calendars", "any time", "in a stretch of one of these");
pub(crate) const NOT_DURING: Key =
    key("not_during", "list of calendars", "none", "in no stretch of any of these");
pub(crate) const WEEKDAYS: Key = key("weekdays", "list of days", "any", "on these: `monday` to `sunday`");
pub(crate) const HOURS: Key =
    key("hours", "such as `18:00 to 22:00`", "all day", "local time, the end not included");
pub(crate) const MEMBERS: Key =
    key("members", "true or false", "false", "only for members, see `[members]`; not for a visitor");
pub(crate) const HOLDS: Key = key(
    "holds",
    "list of wallets",
    "any",
    "the member has something to spend in each of these; for offers alone, as no rating may depend on that (S24)",
);
pub(crate) const SEGMENTS: Key =
    key("segments", "list of segments", "any, and none", "the member is in one of these");
pub(crate) const EXCEPT_SEGMENTS: Key =
    key("except_segments", "list of segments", "none", "the member is in none of these");
pub(crate) const MEMBER_WITHIN: Key =
    key("member_within", "duration", "any", "the member joined less than this ago, see `[members]`");
pub(crate) const MEMBER_FOR: Key =
    key("member_for", "duration", "any", "the member joined this long ago, or longer");
pub(crate) const BIRTHDAY: Key = key(
    "birthday",
    "`on the day`, or such as `3 days around`",
    "any day",
    "the member's birthday, see `[members]`; 29 February is the 28th where there is none",
);
pub(crate) const COUNTS: Key = key(
    "counts",
    "table",
    "any",
    "counts, and for each the places: `1`, `1 to 4`, `5 and later` or `every 5`",
);
