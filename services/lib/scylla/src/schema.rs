//! The tables this build needs: the text of `deploy/cql`, and the columns it says.
//!
//! Invariant: the CQL files are the only place that names a column's type; statements and the check are
//! derived from them.

use crate::error::ScyllaError;

macro_rules! tables {
    ($($table:ident $name:literal $words:literal,)*) => {
        /// A table of design §9.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Table {
            $(#[doc = $words] $table,)*
        }

        impl Table {
            /// Every table.
            pub const ALL: &[Self] = &[$(Self::$table,)*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$table => $name,)* }
            }

            const fn file(self) -> &'static str {
                match self { $(Self::$table => include_str!(concat!("../../../../deploy/cql/", $name, ".cql")),)* }
            }
        }
    };
}

tables! {
    Accounts "accounts" "Head rows of entities.",
    Lots "lots" "Parcels of points.",
    Purchases "purchases" "Purchases and what they earned.",
    Holds "holds" "Redemptions.",
    Debts "debts" "Points spent and not covered.",
    Seen "seen" "Events remembered.",
    Parked "parked" "Commands that wait.",
    Routes "routes" "Where cards sent events.",
    Entries "ledger_entries" "The statement.",
    Timers "timers" "Due instants.",
    TimerDays "timer_days" "Days that have timers.",
    Partitions "partitions" "Where each partition stands.",
    Watermarks "watermarks" "How far `ledger-wal` is flushed.",
    Programmes "programmes" "Programme versions.",
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS ";

impl Table {
    /// Its columns in order: name and CQL type.
    pub fn columns(self) -> Vec<(&'static str, &'static str)> {
        self.file()
            .lines()
            .skip_while(|line| !line.starts_with(CREATE))
            .skip(1)
            .map(code)
            .take_while(|line| !line.trim_start().starts_with("PRIMARY KEY"))
            .filter_map(|line| line.trim().trim_end_matches(',').split_once(char::is_whitespace))
            .map(|(column, typ)| (column, typ.trim()))
            .collect()
    }

    /// Whether `column` is part of its key, which no server can change.
    pub(crate) fn is_key(self, column: &str) -> bool {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let mut lines = self.file().lines().map(code);
        let key = lines.find_map(|line| line.trim_start().strip_prefix("PRIMARY KEY"));
        key.is_some_and(|key| key.split(|c| !is_name(c)).any(|part| part == column))
    }

    fn names(self) -> Vec<&'static str> {
        self.columns().into_iter().map(|(name, _)| name).collect()
    }

    /// The statement that creates it in `keyspace`, if it is not there yet.
    pub(crate) fn create(self, keyspace: &Keyspace) -> String {
        let statement: Vec<&str> = self.file().lines().map(code).filter(|line| !line.is_empty()).collect();
        let qualified = format!("{CREATE}{keyspace}.");
        statement.join("\n").replacen(CREATE, &qualified, 1).trim_end_matches(';').to_owned()
    }

    /// The statement that writes one whole row, its timestamp last.
    pub(crate) fn insert(self, keyspace: &Keyspace) -> String {
        let (table, names) = (self.name(), self.names());
        let markers = vec!["?"; names.len()].join(", ");
        let names = names.join(", ");
        format!("INSERT INTO {keyspace}.{table} ({names}) VALUES ({markers}) USING TIMESTAMP ?")
    }

    /// The statement that reads every column where `condition` holds.
    pub(crate) fn select(self, keyspace: &Keyspace, condition: &str) -> String {
        let (table, names) = (self.name(), self.names().join(", "));
        format!("SELECT {names} FROM {keyspace}.{table} WHERE {condition}")
    }
}

/// A line without its comment.
fn code(line: &'static str) -> &'static str {
    line.split("--").next().unwrap_or_default().trim_end()
}

/// A keyspace whose name needs no quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyspace(String);

impl Keyspace {
    /// The keyspace of this name.
    ///
    /// # Errors
    /// Where it would need quotes or is longer than 48.
    pub fn new(name: &str) -> Result<Self, ScyllaError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if starts && name.len() <= 48 && name.bytes().all(plain) {
            Ok(Self(name.to_owned()))
        } else {
            Err(ScyllaError::Keyspace(name.to_owned()))
        }
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Keyspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_its_columns_and_statements() {
        let keyspace = Keyspace::new("lotstream").unwrap();
        let expected = [("partition", "int"), ("position", "bigint"), ("write_ts", "bigint")];
        assert_eq!(Table::Watermarks.columns(), expected);
        assert!(Table::Watermarks.is_key("partition") && !Table::Watermarks.is_key("position"));
        assert_eq!(
            Table::Watermarks.insert(&keyspace),
            "INSERT INTO lotstream.watermarks (partition, position, write_ts) VALUES (?, ?, ?) USING TIMESTAMP ?"
        );
        assert_eq!(
            Table::Watermarks.create(&keyspace),
            "CREATE TABLE IF NOT EXISTS lotstream.watermarks (\n    partition int,\n    position  bigint,\n    \
             write_ts  bigint,\n    PRIMARY KEY ((partition))\n) WITH comment = 'how far ledger-wal is flushed'"
        );
    }

    /// Design §5: a row nobody can tell the age of could not be merged with the overlay.
    #[test]
    fn every_table_has_a_write_ts_and_only_types_that_both_servers_have() {
        for table in Table::ALL {
            let columns = table.columns();
            assert!(columns.contains(&("write_ts", "bigint")), "{}", table.name());
            for (column, typ) in columns {
                let known = ["text", "bigint", "int", "uuid", "blob", "boolean"].contains(&typ);
                assert!(known, "{}.{column}: {typ}", table.name());
            }
        }
    }

    #[test]
    fn a_keyspace_that_needs_quotes_is_refused() {
        for name in ["", "Lot", "1lot", "lot-stream", "lot;drop", &"l".repeat(49)] {
            assert!(Keyspace::new(name).is_err(), "{name}");
        }
    }
}
