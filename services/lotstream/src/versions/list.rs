//! `lotstream programme list`: the versions a ledger knows, and of corrections who decided them and why.

use crate::failure::{Failure, other};
use crate::table::Table;
use domain::Timestamp;
use domain::tariff::{Tariff, Tariffs};
use serde::Serialize;

/// A version, as it is listed.
#[derive(Serialize)]
struct Listed<'a> {
    programme: &'a str,
    version: i32,
    from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<Corrects<'a>>,
}

/// What a correction says of itself.
#[derive(Serialize)]
struct Corrects<'a> {
    replaces: i32,
    until: Timestamp,
    actor: &'a str,
    reason: &'a str,
}

impl<'a> Listed<'a> {
    fn of(tariff: &'a Tariff) -> Self {
        let corrects = tariff.correction.as_ref().map(|it| Corrects {
            replaces: it.replaces,
            until: it.until,
            actor: it.actor.as_str(),
            reason: it.reason.as_str(),
        });
        let Tariff { programme, version, from, .. } = tariff;
        Self { programme: programme.as_str(), version: *version, from: *from, correction: corrects }
    }

    fn cells(&self) -> [String; 7] {
        let of = |read: fn(&Corrects<'_>) -> String| self.correction.as_ref().map_or_else(String::new, read);
        [
            self.programme.to_owned(),
            self.version.to_string(),
            self.from.to_string(),
            of(|it| it.until.to_string()),
            of(|it| it.replaces.to_string()),
            of(|it| it.actor.to_owned()),
            of(|it| it.reason.to_owned()),
        ]
    }
}

/// The list, as a table or as JSON.
pub(crate) fn show(tariffs: &Tariffs, json: bool) -> Result<String, Failure> {
    let mut listed: Vec<Listed<'_>> = tariffs.all().map(|tariff| Listed::of(tariff)).collect();
    listed.sort_by_key(|version| (version.programme, version.version));
    if json {
        return serde_json::to_string_pretty(&listed).map_err(other);
    }
    let headings = ["programme", "version", "from", "until", "replaces", "who", "why"];
    let mut table = Table::new(&headings).with_texts(headings.len());
    listed.iter().for_each(|version| table.row(version.cells()));
    Ok(table.to_string().trim_end().to_owned())
}
