//! Scenarios of what if: one history under two sets of rules.
//!
//! Shown to fail: where nobody hears of links (`whatif.rs`, `routes.hear`), the card is a member of its own.

use crate::merchant::lines;
use crate::scenario::{Ledger, play, tariffs};
use domain::Timestamp;
use domain::factor::Factor;
use domain::limits::Limits;
use domain::tariff::Tariff;
use reports::whatif::{Side, compare};
use reports::{Prices, Sheet};

fn side(ledger: &Ledger) -> Side {
    let mut side = Side::new(Prices::of("test", &ledger.tariffs).unwrap(), &ledger.tariffs);
    ledger.all.iter().for_each(|event| side.hear(event).unwrap());
    side
}

fn compared(old: Tariff, new: Tariff, script: &str) -> Vec<Sheet> {
    compare(&side(&play(old, script)), &side(&play(new, script)), Timestamp(1_780_000_000_000), 10).unwrap()
}

fn sheet<'s>(sheets: &'s [Sheet], name: &str) -> &'s Sheet {
    sheets.iter().find(|sheet| sheet.name == name).unwrap()
}

fn ten_percent(tariff: Tariff) -> Tariff {
    Tariff { rules: vec![tariffs::rule("base", Default::default(), tariffs::rate("0.10"))], ..tariff }
}

#[test]
fn a_member_is_one_with_all_cards_and_with_whom_they_merged() {
    let script = "
        day 1   sale P at X 1000 via K
        day 5   bind b1 card K to m at X
        day 6   sale Q at X 600
        day 7   sale R at X 400 for n
        day 8   merge g1 of m for n
        day 10  unbind u1 card K at X
        day 12  sale S at X 200 via K
        day 40  pass";
    let sheets = compared(tariffs::base(), ten_percent(tariffs::base()), script);
    assert_eq!(lines(sheet(&sheets, "replay_most")), ["m 100.00 200.00 100.00", "K 10.00 20.00 10.00"]);
    assert_eq!(
        lines(sheet(&sheets, "replay_members")),
        ["better 2 110.00", "worse 0 0.00", "other 0 0.00", "same 0 0.00"]
    );
}

#[test]
fn points_of_unlike_wallets_are_never_added_and_stamps_are_worth_nothing() {
    let mut stamps = tariffs::stamps();
    for wallet in &mut stamps.wallets {
        wallet.limits = Limits { share: Factor::ZERO, ..Limits::default() };
    }
    let two = domain::Points::at_least_zero(2);
    let rules = vec![tariffs::rule("stamp", Default::default(), domain::tariff::Effect::PerItem(two))];
    let double = Tariff { rules, ..stamps.clone() };
    let sheets = compared(stamps, double, "day 1 sale P at X 100x12\n day 2 pass");
    let earned: Vec<String> =
        lines(sheet(&sheets, "replay")).into_iter().filter(|line| line.starts_with("earned")).collect();
    // 12 stamps or 24, and a gift for each ten.
    assert_eq!(
        earned,
        [
            "earned granted less clawed back, exchanges apart bonus 12 24 12 0.00 0.00 0.00",
            "earned granted less clawed back, exchanges apart gift 0 0 0 0.00 0.00 0.00",
        ]
    );
    let members = lines(sheet(&sheets, "replay_members"));
    assert_eq!(members, ["better 0 0.00", "worse 0 0.00", "other 1 0.00", "same 0 0.00"]);
}

#[test]
fn what_members_ask_to_give_each_other_is_a_step() {
    let script = "
        day 1   sale P at X 2000
        day 2   transfer T at Z 60 to n
        day 3   transfer U at Z 60 to n";
    let sheets = compared(tariffs::giving(), ten_percent(tariffs::giving()), script);
    assert_eq!(lines(sheet(&sheets, "replay_redemptions")), ["approved 1 2 1", "refused 1 0 -1"]);
}
