//! Settings of a service: a TOML file, and variables of the environment that override it. Read once, at the
//! start; every problem is told, not the first alone.
//!
//! The key `open_records` is the variable `LOTSTREAM_OPEN_RECORDS`. A key nobody asks for is a problem (a
//! slip of the pen would be overlooked for ever); a variable nobody asks for is worth a warning and no more, for
//! whoever runs beside may have theirs: [`Settings::strangers`].

use crate::nearest::nearest;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use toml_edit::{Document, Item, TableLike};

/// What stands before the key in the name of its variable.
const PREFIX: &str = "LOTSTREAM_";

/// Settings that cannot be used: every problem, one a line.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct SettingsError(pub Vec<String>);

struct Found {
    value: String,
    place: String,
}

/// Reads keys one after another and keeps every problem for [`Settings::finish`].
pub struct Settings {
    found: BTreeMap<String, Found>,
    tables: BTreeMap<String, BTreeMap<String, String>>,
    variables: BTreeMap<String, String>,
    asked: BTreeSet<&'static str>,
    problems: Vec<String>,
}

/// Shown by name only: passwords and keys are among them.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.found.keys().chain(self.tables.keys()).chain(self.variables.keys());
        f.debug_set().entries(names).finish()
    }
}

impl Settings {
    /// Reads `file`, if there is one, and takes `variables` (as `std::env::vars` gives them) over it.
    pub fn read(file: Option<&Path>, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX));
        let mut settings = Self {
            found: BTreeMap::new(),
            tables: BTreeMap::new(),
            variables: ours.collect(),
            asked: BTreeSet::new(),
            problems: Vec::new(),
        };
        if let Some(path) = file {
            let name = path.display().to_string();
            match std::fs::read_to_string(path) {
                Ok(text) => settings.parse(&name, &text),
                Err(error) => settings.problems.push(format!("{name}: expected a file of settings: {error}")),
            }
        }
        settings
    }

    fn parse(&mut self, name: &str, text: &str) {
        let document = match Document::parse(text) {
            Ok(document) => document,
            // Not the line itself, which the whole error would show: it may hold a secret.
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                return self.problems.push(format!("{name}:{line}: expected TOML: {}", error.message()));
            }
        };
        for (key, item) in document.as_table().iter() {
            let start = item.span().map_or(0, |span| span.start);
            let line = line_of(text, start);
            if let Some(table) = item.as_table_like() {
                let mut flat = BTreeMap::new();
                flatten("", table, &mut flat);
                self.tables.insert(key.to_owned(), flat);
            } else if let Some(value) = scalar(item) {
                self.found.insert(key.to_owned(), Found { value, place: format!("{name}:{line}: {key}") });
            } else {
                self.problems
                    .push(format!("{name}:{line}: {key}: expected a text, number, truth value or table"));
            }
        }
    }

    /// The value of `key` as `parse` reads it, `default` where there is none. A value it does not read is a
    /// problem: `expected` says what would be none.
    pub fn or<T>(
        &mut self,
        key: &'static str,
        default: T,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let Some((value, place)) = self.take(key) else { return default };
        parse(&value).unwrap_or_else(|| {
            self.problems.push(format!("{place}: expected {expected}, found `{value}`"));
            default
        })
    }

    /// As [`Settings::or`], but that there is none is a problem too.
    pub fn required<T: Default>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        if self.found.contains_key(key) || self.variables.contains_key(&variable(key)) {
            return self.or(key, T::default(), expected, parse);
        }
        self.asked.insert(key);
        self.problems
            .push(format!("{key}: expected {expected}, found none; set `{key}` or {}", variable(key)));
        T::default()
    }

    /// The secret that `key` holds, or the file that `file` names, without the line's end; an empty one is none. It is
    /// in no problem that is told.
    pub fn secret(&mut self, key: &'static str, file: &'static str) -> Option<String> {
        let [secret, path] = [key, file].map(|key| {
            let text = self.or(key, String::new(), "a text", |text| Some(text.to_owned()));
            (!text.is_empty()).then_some(text)
        });
        let Some(path) = path else { return secret };
        if secret.is_some() {
            self.problems.push(format!("expected `{key}` or `{file}`, found both"));
        }
        match std::fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
            Ok(_) => {
                self.problems.push(format!(
                    "{file}: {path}: expected a file that holds the secret, found an empty one"
                ));
                None
            }
            Err(error) => {
                self.problems.push(format!("{file}: {path}: expected a file that holds the secret: {error}"));
                None
            }
        }
    }

    /// Notes a problem that more than one value makes.
    pub fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The table `key`, nested names joined by dots; its variable holds `name=value` pairs, separated by
    /// commas, which are taken over those of the file.
    pub fn table(&mut self, key: &'static str) -> BTreeMap<String, String> {
        self.asked.insert(key);
        let mut table = self.tables.get(key).cloned().unwrap_or_default();
        let name = variable(key);
        for pair in
            self.variables.get(&name).map_or("", String::as_str).split(',').filter(|pair| !pair.is_empty())
        {
            match pair.split_once('=') {
                Some((left, right)) => {
                    table.insert(left.trim().to_owned(), right.trim().to_owned());
                }
                // Not told what stands there: it may be a secret.
                None => self.problems.push(format!("{name}: expected name=value pairs separated by commas")),
            }
        }
        table
    }

    /// The keys asked for until now.
    pub fn known(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.asked.iter().copied()
    }

    /// A warning for each variable of ours that is set and read by nobody, with the nearest name that is: ask for
    /// every setting first. `others` are variables that somebody else reads.
    pub fn strangers(&self, others: &[&str]) -> Vec<String> {
        let known: Vec<String> = self.known().map(variable).collect();
        let strange = |name: &&String| !known.contains(name) && !others.contains(&name.as_str());
        let warning = |name: &String| {
            let meant = nearest(name, known.iter().map(String::as_str));
            let meant = meant.map(|meant| format!("; is {meant} meant?")).unwrap_or_default();
            format!(
                "{name}: expected the name of a setting, found one that nothing reads: it is ignored{meant}"
            )
        };
        self.variables.keys().filter(strange).map(warning).collect()
    }

    /// Every problem found, keys nobody asked for among them.
    ///
    /// # Errors
    /// If there is any.
    pub fn finish(mut self) -> Result<(), SettingsError> {
        let known: Vec<&str> = self.asked.iter().copied().collect();
        let known = known.join(", ");
        for (key, found) in &self.found {
            if !self.asked.contains(key.as_str()) {
                self.problems.push(format!("{}: expected one of {known}, found another key", found.place));
            }
        }
        for key in self.tables.keys() {
            if !self.asked.contains(key.as_str()) {
                self.problems.push(format!("[{key}]: expected one of {known}, found another table"));
            }
        }
        if self.problems.is_empty() { Ok(()) } else { Err(SettingsError(self.problems)) }
    }

    fn take(&mut self, key: &'static str) -> Option<(String, String)> {
        self.asked.insert(key);
        let name = variable(key);
        if let Some(value) = self.variables.get(&name) {
            return Some((value.clone(), name));
        }
        self.found.get(key).map(|found| (found.value.clone(), found.place.clone()))
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase())
}

fn scalar(item: &Item) -> Option<String> {
    let number = || item.as_integer().map(|number| number.to_string());
    let truth = || item.as_bool().map(|truth| truth.to_string());
    item.as_str().map(str::to_owned).or_else(number).or_else(truth)
}

fn flatten(before: &str, table: &dyn TableLike, flat: &mut BTreeMap<String, String>) {
    for (key, item) in table.iter() {
        let name = if before.is_empty() { key.to_owned() } else { format!("{before}.{key}") };
        if let Some(inner) = item.as_table_like() {
            flatten(&name, inner, flat);
        } else if let Some(value) = scalar(item) {
            flat.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str, variables: &[(&str, &str)]) -> Settings {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut settings = Settings::read(None, variables);
        settings.parse("feed.toml", text);
        settings
    }

    #[test]
    fn a_variable_is_taken_over_the_file() {
        let text = "kafka = \"file:1\"\nrecords = 5\n[tls]\nssl.ca = \"/ca\"\n\"a.b\" = 1\n";
        let variables = [("LOTSTREAM_KAFKA", "here:1"), ("LOTSTREAM_TLS", "a.b=2,c=3"), ("HOME", "/")];
        let mut settings = settings(text, &variables);
        assert_eq!(settings.required("kafka", "brokers", |text| Some(text.to_owned())), "here:1");
        assert_eq!(settings.or("records", 1, "a number", |text| text.parse().ok()), 5);
        assert_eq!(settings.or("other", 7, "a number", |text| text.parse().ok()), 7);
        let table: Vec<(String, String)> = settings.table("tls").into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(table, [pair("a.b", "2"), pair("c", "3"), pair("ssl.ca", "/ca")]);
        assert_eq!(settings.finish(), Ok(()));
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let mut settings =
            settings("records = \"many\"\nrecrods = 1\nodd = [1]\n[tsl]\n", &[("LOTSTREAM_TLS", "x")]);
        settings.or("records", 1, "a number", |text| text.parse().ok());
        settings.required("kafka", "host:port", |text| Some(text.to_owned()));
        settings.table("tls");
        let problems = settings.finish().unwrap_err().to_string();
        let expected = [
            "feed.toml:3: odd: expected a text, number, truth value or table",
            "feed.toml:1: records: expected a number, found `many`",
            "kafka: expected host:port, found none; set `kafka` or LOTSTREAM_KAFKA",
            "LOTSTREAM_TLS: expected name=value pairs separated by commas",
            "feed.toml:2: recrods: expected one of kafka, records, tls, found another key",
            "[tsl]: expected one of kafka, records, tls, found another table",
        ];
        assert_eq!(problems, expected.join("\n"));
    }

    #[test]
    fn a_variable_nobody_reads_is_named_with_the_nearest_one_and_stops_nothing() {
        let variables = ["LOTSTREAM_REPLICA", "LOTSTREAM_KAFKA", "LOTSTREAM_KAFKA_PID", "HOME"];
        let mut settings = settings("", &variables.map(|name| (name, "1")));
        settings.or("replicas", 3, "a number", |text| text.parse().ok());
        settings.or("kafka", 3, "a number", |text| text.parse().ok());
        let told = settings.strangers(&["LOTSTREAM_KAFKA_PID"]);
        let expected = "LOTSTREAM_REPLICA: expected the name of a setting, found one that nothing reads: it is \
                        ignored; is LOTSTREAM_REPLICAS meant?";
        assert_eq!(told, [expected]);
        assert_eq!(settings.finish(), Ok(()));
    }

    #[test]
    fn a_file_that_is_not_there_or_no_toml_is_named() {
        let text = Settings::read(Some(Path::new("/nowhere.toml")), []).finish().unwrap_err().to_string();
        assert!(text.starts_with("/nowhere.toml: expected a file of settings: "), "{text}");
        let text = settings("a = ", &[]).finish().unwrap_err().to_string();
        assert!(text.starts_with("feed.toml:1: expected TOML: "), "{text}");
    }

    #[test]
    fn a_secret_is_in_no_message_and_not_shown() {
        for broken in ["[kafka_settings]\n\"sasl.password\" = s3cret", "cql_password = [\"s3cret\"]"] {
            let text = settings(broken, &[]).finish().unwrap_err().to_string();
            assert!(!text.contains("s3cret"), "{text}");
        }
        let good = settings("password = \"s3cret\"", &[("LOTSTREAM_OTHER", "s3cret")]);
        let shown = format!("{good:?}");
        assert!(shown.contains("LOTSTREAM_OTHER") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn a_secret_comes_from_a_file_or_a_value() {
        let file = std::env::temp_dir().join(format!("lotstream-secret-{}", std::process::id()));
        std::fs::write(&file, "s3cret\r\n").unwrap();
        let path = file.display().to_string();
        let secret = |variables: &[(&str, &str)]| {
            let mut settings = settings("", variables);
            let secret = settings.secret("password", "password_file");
            (secret, settings.finish().map_err(|error| error.to_string()))
        };
        assert_eq!(secret(&[("LOTSTREAM_PASSWORD_FILE", &path)]), (Some("s3cret".to_owned()), Ok(())));
        assert_eq!(secret(&[("LOTSTREAM_PASSWORD", "s3cret")]), (Some("s3cret".to_owned()), Ok(())));
        assert_eq!(secret(&[]), (None, Ok(())));
        let both = secret(&[("LOTSTREAM_PASSWORD_FILE", &path), ("LOTSTREAM_PASSWORD", "x")]).1.unwrap_err();
        assert_eq!(both, "expected `password` or `password_file`, found both");
        std::fs::write(&file, "\n").unwrap();
        let empty = secret(&[("LOTSTREAM_PASSWORD_FILE", &path)]).1.unwrap_err();
        assert!(empty.ends_with("found an empty one"), "{empty}");
        std::fs::remove_file(&file).unwrap();
        let gone = secret(&[("LOTSTREAM_PASSWORD_FILE", &path)]).1.unwrap_err();
        assert!(gone.starts_with(&format!("password_file: {path}: expected a file")), "{gone}");
    }
}
