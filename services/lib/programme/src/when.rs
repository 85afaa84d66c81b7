//! `when`: a condition of the programme's own, in CEL (S29, design §7).
//!
//! The library reads the text; what it may say is ours: whole numbers, texts and truth, facts of one sale and nothing
//! else, no loops, no patterns, a bounded size. Types and names are checked when the file is read, so that a condition
//! that is let in can always be asked. One that asks for something that is not there (an attribute the purchase lacks,
//! a division by zero, a number beyond 64 bits) does not hold.

mod check;
mod facts;
mod node;
mod text;

use crate::decode::declared::Known;
use crate::field::Field;
use crate::reading::Measures;
use chrono_tz::Tz;
use domain::Name;
use domain::money::Currency;
use domain::purchase::PurchaseLine;
use domain::tariff::{Predicate, RatingContext};
pub(crate) use facts::FACTS;
use node::{Node, Sale, Value};
use std::sync::Arc;

/// The longest condition, in bytes.
const LENGTH: usize = 1_000;

/// What a condition may name.
pub(crate) struct Scope<'a> {
    pub(crate) measures: &'a Measures,
    pub(crate) groups: &'a [Name],
    pub(crate) partners: &'a [Name],
    pub(crate) tiers: &'a [Name],
    pub(crate) known: &'a Known,
}

/// The condition a field holds; `None` after its mistakes were reported.
pub(crate) fn compile(field: &Field<'_>, scope: &Scope<'_>) -> Option<Arc<dyn Predicate>> {
    let source = field.text()?;
    if source.len() > LENGTH {
        return field.wrong(format!(
            "expected a condition of at most {LENGTH} bytes for `{}` in {}, found {}",
            field.name,
            field.place,
            source.len()
        ));
    }
    let text = text::Text::of(field, source);
    let (read, offsets) = text.parse()?;
    let checked = check::Check { text: &text, offsets: &offsets, scope }.condition(&read)?;
    Some(Arc::new(When {
        source: source.to_owned(),
        asks_joined: checked.asks_joined(),
        node: checked,
        zone: scope.measures.zone,
        currency: scope.measures.currency.clone(),
    }))
}

/// A condition that was let in.
struct When {
    source: String,
    node: Node,
    asks_joined: bool,
    zone: Tz,
    currency: Currency,
}

impl Predicate for When {
    fn holds(&self, context: &RatingContext, line: &PurchaseLine) -> bool {
        let sale = Sale { context, line, zone: self.zone, currency: &self.currency };
        matches!(self.node.value(&sale), Ok(Value::Truth(true)))
    }

    fn source(&self) -> &str {
        &self.source
    }

    fn asks_joined(&self) -> bool {
        self.asks_joined
    }
}
