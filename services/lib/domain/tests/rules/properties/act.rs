//! Acts: what a story is made of, and how often each is drawn.
//!
//! An act names things by place (`of: 3` is the third sale that can be meant, counted round), so that a shrunk
//! story still makes sense; the player turns it into a command.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// How much time passes before an act.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    None,
    Minutes(u16),
    Hours(u16),
    Days(u16),
    /// Until the account's next due instant, exactly.
    Due,
    /// Until a millisecond before it.
    BeforeDue,
}

#[derive(Clone, Debug)]
pub struct LineAct {
    /// Minor units.
    pub amount: i64,
    pub group: u8,
    /// Thousandths.
    pub quantity: i64,
}

#[derive(Clone, Copy, Debug)]
pub enum PayAct {
    /// A till that was offline: so many per cent of what is available.
    Offline(u16),
    /// By a hold, ended ones too: so many per cent of what it asked for.
    Hold(u16, u16),
    /// By a hold nobody authorised.
    Unknown(u16),
}

#[derive(Clone, Debug)]
pub struct SaleAct {
    pub partner: u8,
    pub lines: Vec<LineAct>,
    pub pay: Option<PayAct>,
    /// Hours between the sale and its arrival.
    pub late: u16,
}

/// What of a sale comes back.
#[derive(Clone, Debug)]
pub enum Take {
    Whole,
    /// Lines by place, and how many per cent of what was bought.
    Parts(Vec<(u8, u16)>),
    /// More of the first line than was bought.
    Excess,
    UnknownLine,
}

#[derive(Clone, Debug)]
pub enum What {
    Sale(SaleAct),
    Return {
        of: u16,
        take: Take,
    },
    /// A return whose sale comes so many acts later, or never.
    ReturnFirst {
        sale: SaleAct,
        take: Take,
        then: Option<u8>,
    },
    Hold {
        partner: u8,
        percent: u16,
        hours: u16,
        wallet: u8,
    },
    Capture {
        of: u16,
        percent: u16,
        more: bool,
    },
    Cancel {
        of: u16,
    },
    /// An operator's adjustment: which one, and so many per cent of what there is.
    Adjust {
        what: u8,
        percent: u16,
        wallet: u8,
    },
    /// A command sent before, again: as it was, or with other content under the same id.
    Repeat {
        of: u16,
        altered: bool,
    },
    /// An activity, by place in the programme of the stories, and a number for its attribute.
    Activity(ActivityAct),
    /// An order of one of [`super::programme::ITEMS`], by place.
    Order {
        partner: u8,
        item: u8,
    },
    /// The member is forgotten.
    Erase,
    Tick,
}

#[derive(Clone, Copy, Debug)]
pub struct ActivityAct {
    pub partner: u8,
    pub kind: u8,
    pub value: u8,
    /// Hours between the activity and its arrival.
    pub late: u16,
}

#[derive(Clone, Debug)]
pub struct Act {
    pub wait: Wait,
    pub what: What,
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        4 => Just(Wait::None),
        3 => (1..600_u16).prop_map(Wait::Minutes),
        3 => (1..72_u16).prop_map(Wait::Hours),
        3 => (1..40_u16).prop_map(Wait::Days),
        2 => Just(Wait::Due),
        1 => Just(Wait::BeforeDue),
    ]
}

fn line() -> impl Strategy<Value = LineAct> {
    let amount = prop_oneof![
        1 => Just(0_i64),
        4 => (1..200_i64).prop_map(|rubles| rubles * 100),
        4 => 1..500_000_i64,
        1 => 500_000..6_000_000_i64,
    ];
    let quantity = prop_oneof![3 => Just(1000_i64), 2 => (1..8_i64).prop_map(|n| n * 1000), 1 => 1..5000_i64];
    (amount, 0..4_u8, quantity).prop_map(|(amount, group, quantity)| LineAct { amount, group, quantity })
}

fn pay() -> impl Strategy<Value = PayAct> {
    let percent = 1..130_u16;
    prop_oneof![
        3 => percent.clone().prop_map(PayAct::Offline),
        3 => (of(), percent.clone()).prop_map(|(of, percent)| PayAct::Hold(of, percent)),
        1 => percent.prop_map(PayAct::Unknown),
    ]
}

pub fn sale() -> impl Strategy<Value = SaleAct> {
    let late = prop_oneof![6 => Just(0_u16), 3 => 1..600_u16, 1 => 600..900_u16];
    let pay = option::weighted(0.35, pay());
    (0..3_u8, vec(line(), 1..5), pay, late).prop_map(|(partner, lines, pay, late)| SaleAct {
        partner,
        lines,
        pay,
        late,
    })
}

/// A sale about the size where rules have their steps.
pub fn small_sale() -> impl Strategy<Value = SaleAct> {
    let line = (20..130_i64, 0..4_u8, 1..5_i64);
    let line = line.prop_map(|(rubles, group, pieces)| LineAct {
        amount: rubles * 100,
        group,
        quantity: pieces * 1000,
    });
    let pay = option::weighted(0.2, pay());
    (0..3_u8, vec(line, 1..4), pay).prop_map(|(partner, lines, pay)| SaleAct { partner, lines, pay, late: 0 })
}

pub fn take() -> impl Strategy<Value = Take> {
    prop_oneof![
        4 => Just(Take::Whole),
        6 => vec((0..5_u8, 1..101_u16), 1..4).prop_map(Take::Parts),
        1 => Just(Take::Excess),
        1 => Just(Take::UnknownLine),
    ]
}

/// Mostly none named, or the first; the second is not in every programme.
fn wallet() -> impl Strategy<Value = u8> {
    prop_oneof![4 => Just(0_u8), 3 => Just(1_u8), 1 => Just(2_u8)]
}

/// Which one is meant: often the latest, else any.
fn of() -> impl Strategy<Value = u16> {
    prop_oneof![Just(u16::MAX), any::<u16>()]
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        10 => sale().prop_map(What::Sale),
        3 => (0..6_u8, 1..130_u16, wallet())
            .prop_map(|(what, percent, wallet)| What::Adjust { what, percent, wallet }),
        7 => (of(), take()).prop_map(|(of, take)| What::Return { of, take }),
        2 => (sale(), take(), option::weighted(0.8, 0..6_u8))
            .prop_map(|(sale, take, then)| What::ReturnFirst { sale, take, then }),
        6 => (0..3_u8, 1..130_u16, 0..100_u16, wallet())
            .prop_map(|(partner, percent, hours, wallet)| What::Hold { partner, percent, hours, wallet }),
        4 => (of(), 1..130_u16, any::<bool>()).prop_map(|(of, percent, more)| What::Capture { of, percent, more }),
        2 => of().prop_map(|of| What::Cancel { of }),
        2 => (of(), any::<bool>()).prop_map(|(of, altered)| What::Repeat { of, altered }),
        2 => Just(What::Tick),
    ]
}

pub fn activity() -> impl Strategy<Value = ActivityAct> {
    let late = prop_oneof![3 => Just(0_u16), 3 => 1..570_u16, 1 => 570..900_u16];
    (0..3_u8, 0..6_u8, 0..5_u8, late).prop_map(|(partner, kind, value, late)| ActivityAct {
        partner,
        kind,
        value,
        late,
    })
}

/// A story of up to `most` acts, activities among them, and now and then the end of the account.
pub fn active_story(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let what = prop_oneof![30 => what(), 20 => activity().prop_map(What::Activity), 1 => Just(What::Erase)];
    vec((wait(), what).prop_map(|(wait, what)| Act { wait, what }), 1..most)
}

/// A story of up to `most` acts, orders among them, and gifts that are handed over.
pub fn gift_story(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let hold = (0..3_u8, 1..130_u16, 0..100_u16);
    let hold = hold.prop_map(|(partner, percent, hours)| What::Hold { partner, percent, hours, wallet: 2 });
    let order = (0..3_u8, 0..3_u8).prop_map(|(partner, item)| What::Order { partner, item });
    let what = prop_oneof![30 => what(), 5 => order, 4 => hold];
    vec((wait(), what).prop_map(|(wait, what)| Act { wait, what }), 1..most)
}

/// A story of up to `most` acts.
pub fn story(most: usize) -> impl Strategy<Value = Vec<Act>> {
    vec((wait(), what()).prop_map(|(wait, what)| Act { wait, what }), 1..most)
}
