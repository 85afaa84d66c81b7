//! A generated quarter of a coalition of any partners: sales, orders that reserve points, points spent at tills that
//! were offline, returns, late receipts, second deliveries. The same seed, the same bytes; nothing of it is random.
//!
//! All that one partner sold comes back in the end: it must owe nothing and be owed nothing (S17, S35).

use crate::feeds::Files;
use crate::sample::Draw;
use domain::Timestamp;
use std::fmt::Write;

/// 5 January 2026, noon in Moscow.
const BEGIN: Timestamp = Timestamp(1_767_603_600_000);
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Days in which all but the last returns happen.
const DAYS: i64 = 80;
/// What comes late comes at most so many days later: within any programme's lateness.
const LATEST: u64 = 25;

/// A coalition to be drawn.
pub struct Coalition<'p> {
    /// Its partners.
    pub partners: &'p [String],
    /// The partner whose sales all come back.
    pub undone: &'p str,
    /// How many members it has.
    pub members: u64,
    /// About how many events happen.
    pub events: u64,
    /// What it is drawn from.
    pub seed: u64,
}

impl Coalition<'_> {
    /// Its feeds: about `events` lines, in the order they are delivered.
    pub fn feeds(&self) -> Files {
        let mut quarter =
            Quarter { of: self, draw: Draw(self.seed), now: BEGIN, sold: vec![], lines: vec![] };
        let step = u64::try_from(DAYS * DAY).unwrap_or(1) * 2 / self.events;
        while quarter.now < BEGIN.plus_millis(DAYS * DAY) {
            quarter.now = quarter.now.plus_millis(i64::try_from(1 + quarter.draw.below(step)).unwrap_or(1));
            quarter.happen();
        }
        quarter.undo();
        quarter.close();
        quarter.files()
    }
}

/// A sale that may come back: so many of each line.
struct Sold {
    partner: usize,
    member: u64,
    id: String,
    quantities: Vec<u64>,
}

/// A line of a feed, when it is delivered.
struct Line {
    delivered_at: Timestamp,
    file: String,
    text: String,
}

/// How a sale is paid, beside money.
enum Paid {
    Money,
    Points(u64),
    Hold(String, u64),
}

/// A quarter while it is drawn.
struct Quarter<'c> {
    of: &'c Coalition<'c>,
    draw: Draw,
    now: Timestamp,
    sold: Vec<Sold>,
    lines: Vec<Line>,
}

impl Quarter<'_> {
    fn happen(&mut self) {
        let (partner, member) = (self.draw.below(self.of.partners.len() as u64) as usize, self.member());
        match self.draw.below(100) {
            0..=11 => self.redemption(partner, member),
            12..=21 => self.order(partner, member),
            22..=29 => {
                let points = 1 + self.draw.below(300);
                self.sale((partner, member), self.now, &Paid::Points(points));
            }
            30..=47 => self.some_return(),
            48 => self.again(),
            _ => self.sale((partner, member), self.now, &Paid::Money),
        }
    }

    fn member(&mut self) -> u64 {
        self.draw.below(self.of.members)
    }

    fn is_undone(&self, partner: usize) -> bool {
        self.of.partners[partner] == self.of.undone
    }

    fn id(&self, letter: char) -> String {
        format!("{letter}{}", self.lines.len())
    }

    fn add(&mut self, feed: &str, partner: usize, delivered_at: Timestamp, text: String) {
        let file = format!("{feed}.{}.jsonl", self.of.partners[partner]);
        self.lines.push(Line { delivered_at, file, text });
    }

    /// A sale of one to four articles, one in twelve of them delivered late.
    fn sale(&mut self, (partner, member): (usize, u64), at: Timestamp, paid: &Paid) {
        let id = self.id('p');
        let quantities: Vec<u64> = (0..=self.draw.below(4)).map(|_| 1 + self.draw.below(3)).collect();
        let (mut lines, mut total) = (String::new(), 0);
        for (quantity, number) in quantities.iter().zip(1..) {
            // One article in forty is a large one: thresholds are reached.
            let scale = if self.draw.below(40) == 0 { 60 } else { 1 };
            let amount = (10_000 + self.draw.below(80_000)) * scale * quantity;
            total += amount;
            let comma = if number > 1 { "," } else { "" };
            let _ = write!(
                lines,
                r#"{comma}{{"line":{number},"sku":"s{}","quantity":"{quantity}","amount":"{}"}}"#,
                self.draw.below(90),
                money(amount)
            );
        }
        let tenders = tenders(paid, total);
        let late = self.draw.below(12) == 0 && self.now < BEGIN.plus_millis(DAYS * DAY);
        let delivered_at = if late { at.plus_millis(self.delay()) } else { at };
        let text = format!(
            r#"{{"id":"{id}","member":"m{member}","occurred_at":"{at}","delivered_at":"{delivered_at}","currency":"RUB","total":"{}","lines":[{lines}]{tenders}}}"#,
            money(total)
        );
        self.add("purchases", partner, delivered_at, text);
        self.sold.push(Sold { partner, member, id, quantities });
    }

    fn delay(&mut self) -> i64 {
        i64::try_from(1 + self.draw.below(LATEST)).unwrap_or(1) * DAY
    }

    /// Points reserved and captured, in whole or part, or cancelled, or left to run out; no sale is named, so none can
    /// come back.
    fn redemption(&mut self, partner: usize, member: u64) {
        if self.is_undone(partner) {
            return self.order(partner, member);
        }
        let (hold, points) = self.authorise(partner, member);
        let at = self.now.plus_millis(5 * MINUTE);
        let end = match self.draw.below(5) {
            0 => format!(r#""step":"cancel","redemption":"{hold}""#),
            1 => return,
            2 => format!(r#""step":"capture","redemption":"{hold}","points":{}"#, 1 + points / 2),
            _ => format!(r#""step":"capture","redemption":"{hold}","points":{points}"#),
        };
        let text = format!(r#"{{"id":"{}","member":"m{member}","occurred_at":"{at}",{end}}}"#, self.id('c'));
        self.add("redemptions", partner, at, text);
    }

    fn authorise(&mut self, partner: usize, member: u64) -> (String, u64) {
        let (hold, points) = (self.id('a'), 1 + self.draw.below(150));
        let text = format!(
            r#"{{"id":"{hold}","member":"m{member}","occurred_at":"{}","step":"authorise","points":{points}}}"#,
            self.now
        );
        self.add("redemptions", partner, self.now, text);
        (hold, points)
    }

    /// Points reserved for a sale half an hour later, which captures them, or would have to without them.
    fn order(&mut self, partner: usize, member: u64) {
        let (hold, points) = self.authorise(partner, member);
        self.sale((partner, member), self.now.plus_millis(30 * MINUTE), &Paid::Hold(hold, points));
    }

    /// An earlier sale comes back, all of it or one article; perhaps before its late receipt, or for the second time.
    fn some_return(&mut self) {
        let Some(back) = self.sold.len().checked_sub(1 + self.draw.below(150) as usize) else { return };
        let whole = self.draw.below(2) == 0 || self.is_undone(self.sold[back].partner);
        let sold = match whole {
            true => self.sold.swap_remove(back),
            false => {
                let Sold { partner, member, id, .. } = &self.sold[back];
                Sold { partner: *partner, member: *member, id: id.clone(), quantities: vec![1] }
            }
        };
        self.returned(&sold);
    }

    fn returned(&mut self, sold: &Sold) {
        let lines: Vec<String> = sold
            .quantities
            .iter()
            .zip(1..)
            .map(|(quantity, number)| format!(r#"{{"line":{number},"quantity":"{quantity}"}}"#))
            .collect();
        let text = format!(
            r#"{{"id":"{}","purchase":"{}","member":"m{}","occurred_at":"{}","lines":[{}]}}"#,
            self.id('r'),
            sold.id,
            sold.member,
            self.now,
            lines.join(",")
        );
        self.add("returns", sold.partner, self.now, text);
    }

    /// The last line is delivered a second time.
    fn again(&mut self) {
        if let Some(Line { file, text, .. }) = self.lines.last() {
            let (file, text) = (file.clone(), text.clone());
            // Where the line says itself when it is delivered, that stays: a redelivery is the same line.
            self.lines.push(Line { delivered_at: self.now, file, text });
        }
    }

    /// What one partner sold and still stands comes back, once all receipts are there.
    fn undo(&mut self) {
        self.now = BEGIN.plus_millis((DAYS + i64::try_from(LATEST).unwrap_or(0) + 1) * DAY);
        for sold in std::mem::take(&mut self.sold) {
            if self.is_undone(sold.partner) {
                self.now = self.now.plus_millis(MINUTE);
                self.returned(&sold);
            }
        }
    }

    /// In the end every member buys once more, so that what was due meanwhile, such as the end of a hold, has happened.
    fn close(&mut self) {
        for member in 0..self.of.members {
            let partner = usize::from(self.is_undone(0));
            self.now = self.now.plus_millis(MINUTE);
            self.sale((partner, member), self.now, &Paid::Money);
        }
    }

    fn files(mut self) -> Files {
        self.lines.sort_by_key(|line| line.delivered_at);
        let mut files = Files::new();
        for line in self.lines {
            *files.entry(line.file).or_default() += &(line.text + "\n");
        }
        files
    }
}

/// Kopecks as rubles.
fn money(kopecks: u64) -> String {
    format!("{}.{:02}", kopecks / 100, kopecks % 100)
}

fn tenders(paid: &Paid, total: u64) -> String {
    let (points, hold) = match paid {
        Paid::Money => return String::new(),
        Paid::Points(points) => (*points, String::new()),
        Paid::Hold(hold, points) => (*points, format!(r#","hold":"{hold}""#)),
    };
    let points = points.min(total / 100);
    let (worth, rest) = (money(points * 100), money(total - points * 100));
    format!(
        r#","tenders":[{{"kind":"points","amount":"{worth}","points":{points}{hold}}},{{"kind":"cash","amount":"{rest}"}}]"#
    )
}
