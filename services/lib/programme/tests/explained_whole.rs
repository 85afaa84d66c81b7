//! The tables for a merchant leave nothing out, and a difference misses no figure.

mod files;

use domain::Name;
use files::{DEPLOYED, programmes};
use programme::explain::{for_member, for_merchant};
use programme::{Programme, difference, read};

/// Every programme that is deployed, and those that show what else the language can say.
fn all() -> Vec<(String, String)> {
    programmes(DEPLOYED).into_iter().chain(programmes("tests/programmes")).collect()
}

/// What the author named: rules, wallets, offers, grants, exchanges, levels, partners, groups, segments, counts.
fn names(programme: &Programme) -> Vec<Name> {
    let Programme { tariff, said } = programme;
    let mut names: Vec<Name> = tariff.rules.iter().map(|rule| rule.name.clone()).collect();
    names.extend(tariff.wallets.iter().map(|wallet| wallet.name.clone()));
    names.extend(tariff.terms.iter().map(|terms| terms.name.clone()));
    names.extend(tariff.offers.all.iter().map(|offer| offer.name.clone()));
    names.extend(tariff.offers.all.iter().flat_map(|offer| offer.items.clone()));
    names.extend(tariff.activities.kinds.iter().map(|kind| kind.name.clone()));
    names.extend(tariff.activities.awards.iter().map(|award| award.name.clone()));
    names.extend(tariff.activities.occasions.iter().map(|occasion| occasion.name.clone()));
    names.extend(tariff.exchanges.iter().map(|exchange| exchange.name.clone()));
    names.extend(tariff.tiers.iter().flat_map(|tiers| &tiers.levels).map(|level| level.name.clone()));
    names.extend(tariff.tiers.iter().flat_map(|tiers| &tiers.levels).flat_map(|level| level.perks.clone()));
    names.extend(tariff.partners.keys().chain(tariff.coefficients.keys()).cloned());
    names.extend(tariff.declared.segments.iter().map(|segment| segment.name.clone()));
    names.extend(tariff.declared.counts.iter().map(|count| count.name.clone()));
    names.extend(said.calendars.iter().map(|(name, _)| name.clone()));
    names.extend(tariff.notices.channels.values().flatten().cloned());
    names
}

#[test]
fn every_name_is_in_the_tables_for_a_merchant() {
    for (file, text) in all() {
        let programme = read(&file, &text).expect("a programme");
        let sheets = for_merchant(&programme);
        let cells = || sheets.iter().flat_map(|sheet| &sheet.rows).flat_map(|row| &row.cells);
        for name in names(&programme) {
            assert!(cells().any(|cell| cell.text.contains(name.as_str())), "{file}: `{name}` is in no table");
        }
    }
}

#[test]
fn a_programme_does_not_differ_from_itself() {
    for (file, text) in all() {
        let programme = read(&file, &text).expect("a programme");
        let none = difference(&programme, &programme);
        assert!(none.is_empty(), "{file}: {none}");
        assert!(none.to_string().ends_with("Nothing changes for anybody.\n"), "{none}");
    }
}

/// Bytes of every number and date that is written outside examples and comments, and is no part of a name.
fn figures(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("[[example") {
            break;
        }
        let code = line.split('#').next().unwrap_or("");
        if !code.starts_with('[') && !code.starts_with("name =") {
            found.extend(figures_of(code).into_iter().map(|span| start + span.start..start + span.end));
        }
        start += line.len();
    }
    found
}

/// Those of one line: what begins with a digit behind something that is no part of a word.
fn figures_of(code: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = code.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let behind_a_word =
            at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || b"-_.".contains(&bytes[at - 1]));
        if !bytes[at].is_ascii_digit() || behind_a_word {
            at += 1;
            continue;
        }
        let end = (at..bytes.len())
            .find(|place| !(bytes[*place].is_ascii_digit() || b"-_.:".contains(&bytes[*place])));
        let end = end.unwrap_or(bytes.len());
        found.push(at..end);
        at = end;
    }
    found
}

/// The figure with its last digit another one, up first.
fn altered(figure: &str) -> Vec<String> {
    let (head, last) = figure.split_at(figure.len() - 1);
    let last: u32 = last.parse().expect("a digit");
    let others = [last + 1, last.wrapping_sub(1), last + 2];
    others.into_iter().filter(|other| *other < 10).map(|other| format!("{head}{other}")).collect()
}

/// A figure as a table says it: with commas between groups of three digits, without digits that say nothing.
fn said(figure: &str) -> String {
    if figure.contains('-') || figure.contains(':') {
        return figure.to_owned();
    }
    let plain = figure.replace('_', "");
    let (whole, rest) =
        plain.split_once('.').map_or((plain.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match rest {
        Some(rest) => format!("{grouped}.{rest}"),
        None => grouped,
    }
}

/// Whether `text` names the figure as one of its own, no part of a longer one.
fn names_figure(text: &str, figure: &str) -> bool {
    let part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    text.match_indices(figure).any(|(at, _)| {
        !part(text[..at].chars().next_back()) && !part(text[at + figure.len()..].chars().next())
    })
}

/// A figure of a programme made another one, and the programme with it.
struct Altered {
    /// What stands before it in its line.
    key: String,
    figure: String,
    other: String,
    old: Programme,
    new: Programme,
}

/// Every figure of a deployed programme altered, where that is a programme, too.
fn alterations() -> Vec<(String, Altered)> {
    let mut all = Vec::new();
    for (file, text) in programmes(DEPLOYED) {
        let old = read(&file, &text).expect("a programme");
        for span in figures(&text) {
            let figure = text[span.clone()].to_owned();
            let with = |other: &str| format!("{}{other}{}", &text[..span.start], &text[span.end..]);
            let compiled = altered(&figure)
                .into_iter()
                .find_map(|other| Some((read(&file, &with(&other)).ok()?, other)));
            let Some((new, other)) = compiled else { continue };
            let key = text[..span.start].rsplit('\n').next().unwrap_or_default().to_owned();
            all.push((file.clone(), Altered { key, figure, other, old: old.clone(), new }));
        }
    }
    all
}

#[test]
fn altering_any_figure_is_a_difference_that_names_both() {
    let (mut named, mut without_effect) = (0, Vec::new());
    for (file, Altered { key: _, figure, other, old, new }) in alterations() {
        let found = difference(&old, &new);
        if format!("{old:?}") == format!("{new:?}") {
            assert!(found.is_empty(), "{file}: {figure} → {other} changes no rule, but {found}");
            without_effect.push(format!("{file}: {figure}"));
            continue;
        }
        assert!(!found.is_empty(), "{file}: {figure} → {other} is not told");
        let flat = found.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        for each in [&figure, &other].into_iter() {
            assert!(names_figure(&flat, &said(each)), "{file}: {figure} → {other}: no {each} in {found}");
        }
        named += 1;
    }
    println!("{named} figures; without effect: {without_effect:?}");
    assert!(named > 300, "only {named} figures");
    assert!(without_effect.len() < 10, "{without_effect:?}");
}

/// Keys of figures that concern no member: how the ledger works inside, and its operators.
const INSIDE: &[&str] = &["version", "priority", "return_waits", "grant_at_most"];

#[test]
fn altering_any_figure_is_another_prose_for_members() {
    let mut told = 0;
    for (file, Altered { key, figure, other, old, new }) in alterations() {
        if INSIDE.iter().any(|inside| key.starts_with(inside)) || format!("{old:?}") == format!("{new:?}") {
            continue;
        }
        let (before, after) = (for_member(&old).to_string(), for_member(&new).to_string());
        assert_ne!(before, after, "{file}: {key}{figure} → {other} is not told to members");
        told += 1;
    }
    assert!(told > 250, "only {told} figures");
}
