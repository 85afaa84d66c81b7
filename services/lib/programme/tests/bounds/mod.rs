//! Bounds: the most that a programme may give, and the longest period, each from both sides.

use programme::compile;

/// What is told of a file: each mistake behind the text it points at.
fn told(text: &str) -> Vec<String> {
    match compile("shop.toml", text) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            problems.iter().map(|told| format!("{}: {}", &text[told.span.clone()], told.message)).collect()
        }
    }
}

fn shop(head: &str, wallet: &str, rest: &str) -> String {
    format!(
        "[programme]\nname = 'shop'\nversion = 1\nfrom = '2026-01-01'\nzone = 'UTC'\ncurrency = 'EUR'\n{head}\n\
         [wallets.points]\n{wallet}\n{rest}\n"
    )
}

#[test]
fn a_programme_gives_the_largest_basket_what_can_be_counted_and_no_more() {
    const TOLD: &str = "the rules under `points` could give more points for a basket of 10000000000.00 EUR than can be counted";
    let per =
        |money: &str, points: &str| format!("[rules.it]\nper = {{ money = {money}, points = {points} }}\n");
    let item = |points: &str| format!("[rules.it]\nper_item = {points}\n");
    let rate = |rate: &str| format!("[rules.it]\nrate = '{rate} %'\n");
    let bands = |rate: &str| {
        format!("[rules.it]\nbands = [{{ from = 0, rate = '{rate} %' }}, {{ from = 1, rate = '1 %' }}]\n")
    };
    let times = |times: &str| format!("[rules.all]\nrate = '100 %'\n[rules.it]\nmultiplier = {times}\n");
    let twice = |times: &str| {
        format!(
            "[rules.ten]\nmultiplier = 10\n{}",
            rate("10").replace("it", "all") + &format!("[rules.it]\nmultiplier = {times}\n")
        )
    };
    let both = |points: &str| format!("[rules.all]\nper_item = 9_000\n[rules.it]\nper_item = {points}\n");
    let dear =
        |rest: String| format!("[groups.tea]\ncoefficient = 100\n[groups.cup]\ncoefficient = 0.5\n{rest}");
    let cheap = |rest: String| format!("[groups.cup]\ncoefficient = 0.5\n{rest}");
    let partners = |rate: &str| {
        format!(
            "[partners]\nbakery = {{ rate = '{rate} %' }}\ncinema = {{}}\n[rules.it]\nrate = \"the partner's\"\n"
        )
    };
    for (scale, most, more) in [
        (0, item("10_000"), item("10_001")),
        (2, item("100"), item("100.01")),
        (0, both("1_000"), both("1_001")),
        (0, per("0.01", "100_000"), per("0.01", "100_001")),
        (0, per("0.03", "300_000"), per("0.03", "300_001")),
        (2, per("0.01", "1_000"), per("0.01", "1_000.01")),
        (6, dear(rate("10")), dear(rate("10.0001"))),
        (6, dear(bands("10")), dear(bands("10.0001"))),
        (6, dear(partners("10")), dear(partners("10.0001"))),
        (6, times("10"), times("10.000001")),
        (6, cheap(times("10")), cheap(times("10.000001"))),
        (6, times("{ Silver = 1, Gold = 10 }"), times("{ Silver = 10.000001, Gold = 1 }")),
        (6, twice("10"), twice("10.000001")),
        (
            0,
            dear(times("100")),
            dear(times("100") + "[rules.more]\nmultiplier = 100\n[rules.most]\nmultiplier = 1.000001\n")
                .replace("[rules.it]\n", "[rules.other]\n")
                .replace("rules.most", "rules.it"),
        ),
    ] {
        let tiers = "[tiers]\nlevels = [{ name = 'Silver', from = 0 }, { name = 'Gold', from = 100 }]\n";
        let of = |rest: &str| told(&shop("", &format!("scale = {scale}"), &format!("{tiers}{rest}")));
        assert_eq!(of(&most), [""; 0], "{most}");
        assert_eq!(of(&more), [format!("it: {TOLD}")], "{more}");
    }
}

#[test]
fn s24_a_period_that_moves_an_expiry_is_no_longer_than_what_is_remembered() {
    // A local day may last 25 hours; the ledger remembers events for twice the lateness.
    for (period, enough, too_short) in
        [("day", "13 hours", "12 hours"), ("month", "16 days", "15 days"), ("year", "183 days", "182 days")]
    {
        for (moved, key) in [
            ("extended_by_purchase = '1 year'", "rated_by"),
            ("extended_by_activity = '1 year'", "rated_by"),
            ("", ""),
        ] {
            let of = |lateness: &str| {
                let wallet = format!("rated_by = '{period}'\nexpires = '1 year after accrual'\n{moved}");
                told(&shop(
                    &format!("lateness = '{lateness}'\nreturn_waits = '2 years'"),
                    &wallet,
                    "[rules.it]\nrate = '1 %'",
                ))
            };
            let message = "expected no moved expiry in `points`, rated by a period longer than twice the `lateness`: by \
                           the time the period earns, what moved its expiry may be forgotten";
            let expected = if key.is_empty() { Vec::new() } else { vec![format!("{key}: {message}")] };
            assert_eq!(of(enough), [""; 0], "{period}, {enough}, {moved}");
            assert_eq!(of(too_short), expected, "{period}, {too_short}, {moved}");
        }
    }
}

#[test]
fn s01_points_have_the_decimals_of_the_wallet_they_go_to() {
    // A quarter of a point, wherever points of a wallet are written.
    for written in [
        "[rules.it]\nwallet = 'it'\nbonus = 0.25",
        "[rules.it]\nwallet = 'it'\nper_item = 0.25",
        "[rules.it]\nwallet = 'it'\nper = { money = 1, points = 0.25 }",
        "[rules.base]\nwallet = 'it'\nrate = '1 %'\n[rules.it]\nwallet = 'it'\nat_least = 0.25",
        "[grants.it]\nactivity = 'joined'\nwallet = 'it'\npoints = 0.25",
        "[grants.it]\nactivity = 'joined'\nwallet = 'it'\nby = 'place'\npoints = { first = 0.25, second = 0.25 }",
        "[grants.it]\non = 'every 01-01'\nwallet = 'it'\npoints = 0.25",
        "[grants.it]\non = 'tier Gold'\nwallet = 'it'\npoints = 0.25",
        "[conversions.it]\nfrom = 'it'\npoints = 0.25\ngives = 'points'",
        "[conversions.it]\nfrom = 'points'\npoints = 1\ngives = { wallet = 'it', points = 0.25 }",
        "[catalogue.it]\nfrom = 'it'\nprice = 0.25\ngives = 'points'",
        "[terms.short]\nwallet = 'it'\ncap = 0.25",
        "[terms.short]\nwallet = 'it'\nminimum = 0.25",
        "[wallets.it.pays]\nat_most = 0.25",
        "[wallets.it.pays]\nat_least = 0.25",
        "[wallets.it.pays]\nstep = 0.25",
    ] {
        let of = |scale: u32| {
            let wallet = format!("[wallets.it]\nscale = {scale}\npriority = 1\n");
            let others = "[tiers]\nlevels = [{ name = 'Silver', from = 0 }, { name = 'Gold', from = 100 }]\n\
                          [activities.joined.attributes]\nplace = ['first', 'second']\n";
            told(&shop("", "scale = 6", &format!("{wallet}{others}{written}")))
        };
        assert_eq!(of(2), [""; 0], "{written}");
        for (scale, decimals) in [(0, "whole number of points"), (1, "to 1 decimals")] {
            let told = of(scale);
            let first = told.first().unwrap_or_else(|| panic!("{written} with {scale} decimals"));
            assert!(first.starts_with("0.25: ") && first.contains(decimals), "{written}: {first}");
        }
    }
    let tiers = |from: &str| {
        let levels = format!("[{{ name = 'Silver', from = 0 }}, {{ name = 'Gold', from = {from} }}]");
        told(&shop(
            "",
            "scale = 2",
            &format!("[rules.it]\nrate = '1 %'\n[tiers]\ncounts = 'points'\nlevels = {levels}\n"),
        ))
    };
    assert_eq!(tiers("0.25"), [""; 0]);
    assert_eq!(tiers("0.255").len(), 1);
}
