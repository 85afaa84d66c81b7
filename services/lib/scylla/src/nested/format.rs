//! The formats of nested parts, and what each may say.
//!
//! Format 1 is what older builds write and read: today's types without what they gained since. This table says
//! what that is; everything else is in format 1 as it is today. Invariant: what a type gains stands at its end,
//! and stands for nothing where its bytes are all zero: `None`, an empty list or text, `false`, 0.

/// The format of older builds.
pub(crate) const OLDER: u8 = 1;
/// The format that says all that this build knows. Readers keep every older one.
pub(crate) const NEWEST: u8 = 2;

/// Structs that have more fields today: how many they have in format 1.
pub(crate) const FIELDS: &[(&str, usize)] = &[
    ("Authorise", 3),
    ("Line", 7),
    ("Links", 6),
    ("Lot", 16),
    ("Moved", 21),
    ("Order", 4),
    ("Outcome", 7),
    ("Purchase", 12),
    ("PurchaseGrant", 4),
    ("Rated", 9),
    ("Redemption", 11),
    ("Sale", 3),
    ("SaleLine", 5),
    ("SpendBucket", 2),
    ("Standing", 5),
];

/// Enums that have more variants today: how many they have in format 1.
pub(crate) const VARIANTS: &[(&str, usize)] = &[("Body", 13), ("RatedKind", 3), ("Reason", 56)];

/// How many fields of the struct of this name are in format 1, at most.
#[inline(always)]
pub(super) fn fields(name: &str) -> usize {
    limit(FIELDS, name)
}

/// Whether format 1 has this variant of the enum of this name.
#[inline(always)]
pub(super) fn has_variant(name: &str, index: u32) -> bool {
    (index as usize) < limit(VARIANTS, name)
}

/// Names are constants where this is used, so that a build with optimisation looks nothing up.
#[inline(always)]
fn limit(table: &[(&str, usize)], name: &str) -> usize {
    table.iter().find(|(of, _)| *of == name).map_or(usize::MAX, |(_, limit)| *limit)
}
