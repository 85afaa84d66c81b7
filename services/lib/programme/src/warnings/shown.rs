//! What the examples of a file show, and what none of them does.

use crate::field::Field;
use crate::problem::{Problem, Source};
use crate::table::Table;
use domain::Name;
use domain::limits::Limits;
use domain::tariff::Tariff;
use std::collections::BTreeSet;
use std::ops::Range;

/// A kind of thing that an example should show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// A rule that gives something.
    Rule,
    /// An offer that takes something off.
    Offer,
    /// A grant.
    Grant,
    /// A conversion, or an item of the catalogue, that is had.
    Exchange,
    /// A level that somebody stands at.
    Level,
    /// Limits of a wallet that let less be spent than there is.
    Limit,
}

impl Kind {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Rule => ("rule", "add a step with a `sale` in which it gives something"),
            Self::Offer => ("offer", "add a step with a `quote` that it takes something off"),
            Self::Grant => ("grant", "add the step that brings it"),
            Self::Exchange => {
                ("exchange", "add steps in which there is enough for it, and, if need be, an `order`")
            }
            Self::Level => ("level", "add steps after which somebody stands there"),
            Self::Limit => ("limit of wallet", "add a step that asks for more points than it lets be spent"),
        }
    }
}

/// What examples showed.
#[derive(Default)]
pub(crate) struct Shown(BTreeSet<(Kind, Name)>);

impl Shown {
    /// Notes that an example shows this.
    pub(crate) fn note(&mut self, kind: Kind, name: &Name) {
        if !self.0.contains(&(kind, name.clone())) {
            self.0.insert((kind, name.clone()));
        }
    }
}

/// What examples should show, and where each is written.
pub(crate) struct Places {
    all: Vec<(Kind, Name, Range<usize>)>,
    /// What no example can show.
    excused: Shown,
    /// Where the file says what it is.
    head: Range<usize>,
}

impl Places {
    /// Those of a file without mistakes.
    pub(crate) fn of(root: &Table<'_>, tariff: &Tariff, excused: Shown) -> Self {
        let mut all = Vec::new();
        let tables = [
            ("rules", Kind::Rule),
            ("offers", Kind::Offer),
            ("grants", Kind::Grant),
            ("conversions", Kind::Exchange),
            ("catalogue", Kind::Exchange),
        ];
        for (key, kind) in tables {
            let tables = root.optional(key, Field::open_table);
            let fields = tables.iter().flat_map(Table::fields);
            all.extend(fields.map(|field| (kind, Name::from(field.name.as_str()), field.key)));
        }
        let levels = root.optional("tiers", Field::open_table).and_then(|tiers| tiers.field("levels"));
        let levels = levels.and_then(|levels| levels.list()).unwrap_or_default();
        let names = levels.iter().filter_map(|level| level.open_table()?.field("name"));
        all.extend(names.filter_map(|name| Some((Kind::Level, Name::from(name.as_str()?), name.span))));
        let limited = tariff.wallets.iter().filter(|wallet| is_limited(&wallet.limits));
        let wallets = root.optional("wallets", Field::open_table);
        all.extend(limited.filter_map(|wallet| {
            let table = wallets.as_ref()?.optional(wallet.name.as_str(), Field::open_table)?;
            Some((Kind::Limit, wallet.name.clone(), table.key_span("pays")))
        }));
        Self { all, excused, head: root.key_span("programme") }
    }

    /// A warning for each that no example shows; one for all where there is no example.
    pub(crate) fn without(&self, shown: &Shown, examples: usize, source: Source<'_>) -> Vec<Problem> {
        let warning = |span: &Range<usize>, message: String, hint: &str| {
            source.problem(span, message, Some(hint.to_owned()))
        };
        if examples == 0 {
            let hint = "add [[example]] tables, as LANGUAGE.md shows";
            return vec![warning(&self.head, "no example shows what this programme does".to_owned(), hint)];
        }
        let is_shown = |kind: Kind, name: &Name| {
            let it = (kind, name.clone());
            shown.0.contains(&it) || self.excused.0.contains(&it)
        };
        let missing = self.all.iter().filter(|(kind, name, _)| !is_shown(*kind, name));
        missing
            .map(|(kind, name, span)| {
                let (noun, hint) = kind.words();
                warning(span, format!("no example shows {noun} `{name}`"), hint)
            })
            .collect()
    }
}

/// Whether limits can bind: those of a wallet that never pays cannot.
fn is_limited(limits: &Limits) -> bool {
    *limits != Limits::default() && limits.share > domain::factor::Factor::ZERO
}
