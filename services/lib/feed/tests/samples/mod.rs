//! One good record of each kind, as JSON. They are about one purchase of shop-1, and what operators
//! do to its member.

#![allow(dead_code, unreachable_pub)]

/// 30.50 rubles on two lines, 5 of them in points.
pub const PURCHASE: &str = r#"{"id":"p-1","member":"m-9","occurred_at":"2026-03-01T12:00:00+03:00","currency":"RUB","total":"30.50","lines":[{"line":1,"sku":"a-1","group":"bikes","quantity":"2","amount":"20.50"},{"line":2,"sku":"a-2","quantity":"0.5","amount":"10.00"}],"tenders":[{"kind":"points","points":5,"hold":"r-1","amount":"5.00"},{"kind":"cash","amount":"25.50"}]}"#;
/// Its second line comes back.
pub const RETURN: &str = r#"{"id":"t-1","purchase":"p-1","member":"m-9","occurred_at":"2026-03-02T12:00:00+03:00","lines":[{"line":2,"quantity":"0.5"}]}"#;
/// The points it was paid with are reserved.
pub const AUTHORISE: &str =
    r#"{"id":"r-1","member":"m-9","occurred_at":"2026-03-01T11:59:00+03:00","step":"authorise","points":5}"#;
/// They are captured by a step of its own.
pub const CAPTURE: &str = r#"{"id":"r-2","member":"m-9","occurred_at":"2026-03-01T12:01:00+03:00","step":"capture","points":5,"redemption":"r-1","more":true}"#;
/// Or given up.
pub const CANCEL: &str = r#"{"id":"r-3","member":"m-9","occurred_at":"2026-03-01T12:02:00+03:00","step":"cancel","redemption":"r-1"}"#;
/// Points are exchanged for one of two gifts.
pub const ORDER: &str = r#"{"id":"r-4","member":"m-9","occurred_at":"2026-03-01T12:03:00+03:00","step":"order","item":"treat","choice":"mask"}"#;
/// Points are given to another member.
pub const TRANSFER: &str = r#"{"id":"r-5","member":"m-9","occurred_at":"2026-03-01T12:04:00+03:00","step":"transfer","points":5,"to":"m-8"}"#;
/// Operators give the member points that shop-1 funds.
pub const GRANT: &str = r#"{"id":"a-1","member":"m-9","occurred_at":"2026-03-03T12:00:00+03:00","actor":"op-7","reason":"late delivery","action":"grant","points":5,"partner":"shop-1"}"#;
/// They take some away.
pub const WRITE_OFF: &str = r#"{"id":"a-2","member":"m-9","occurred_at":"2026-03-03T12:01:00+03:00","actor":"op-7","reason":"granted twice","action":"write_off","points":5,"wallet":"w"}"#;
/// They forgive a debt.
pub const FORGIVE: &str = r#"{"id":"a-3","member":"m-9","occurred_at":"2026-03-03T12:02:00+03:00","actor":"op-7","reason":"goodwill","action":"forgive","points":5}"#;
/// They block the account.
pub const BLOCK: &str = r#"{"id":"a-4","member":"m-9","occurred_at":"2026-03-03T12:03:00+03:00","actor":"op-7","reason":"card lost","action":"block"}"#;
/// And unblock it.
pub const UNBLOCK: &str = r#"{"id":"a-5","member":"m-9","occurred_at":"2026-03-03T12:04:00+03:00","actor":"op-7","reason":"card found","action":"unblock"}"#;
/// A purchase that came too late is let in.
pub const RELEASE: &str = r#"{"id":"a-6","member":"m-9","occurred_at":"2026-03-03T12:05:00+03:00","actor":"op-7","reason":"till was offline","action":"release","partner":"shop-1","feed":"purchases","event":"p-1"}"#;
/// A return that came too late is not.
pub const REFUSE: &str = r#"{"id":"a-7","member":"m-9","occurred_at":"2026-03-03T12:06:00+03:00","actor":"op-7","reason":"no receipt","action":"refuse","partner":"shop-1","feed":"returns","event":"t-1"}"#;
/// The member is forgotten.
pub const ERASE: &str = r#"{"id":"a-8","member":"m-9","occurred_at":"2026-03-03T12:07:00+03:00","actor":"op-7","reason":"asked to","action":"erase"}"#;
/// What a limit that members share was asked is answered after all.
pub const RESUME: &str = r#"{"id":"a-10","limit":"codes/5e1","occurred_at":"2026-03-03T12:08:00+03:00","actor":"op-7","reason":"mended","action":"resume"}"#;
/// The member is the same person as another.
pub const MERGE: &str = r#"{"id":"a-9","member":"m-9","occurred_at":"2026-03-03T12:09:00+03:00","actor":"op-7","reason":"two of one","action":"merge","into":"m-8"}"#;
/// A card is the member's.
pub const BOUND: &str =
    r#"{"id":"b-1","card":"k-1","occurred_at":"2026-03-03T12:10:00+03:00","change":"bound","member":"m-9"}"#;
/// Another one takes its place.
pub const REPLACED: &str =
    r#"{"id":"b-2","card":"k-1","occurred_at":"2026-03-03T12:11:00+03:00","change":"replaced","by":"k-2"}"#;
/// The member won a contest, invited by another.
pub const ACTIVITY: &str = r#"{"id":"c-1","member":"m-9","occurred_at":"2026-03-03T12:08:00+03:00","kind":"contest","attributes":[{"name":"place","value":"1"},{"name":"invited_by","member":"m-8"}]}"#;
