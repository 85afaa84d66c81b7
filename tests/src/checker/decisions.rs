//! Decisions and notices (S14, S30): one decision a request, as its outcome says; no notice twice.

use super::evidence::Evidence;
use super::report::Report;
use domain::event::Step;
use domain::outcome::OutcomeKind;
use domain::{EntityId, EventKey};
use std::collections::{BTreeMap, BTreeSet};

/// What was said of one request.
#[derive(Default)]
struct Said {
    /// Its first outcome: whether it was applied.
    answered: Vec<bool>,
    /// Its decisions: whether each approved.
    decided: Vec<bool>,
}

/// Checks decisions and notices.
pub fn check(evidence: &Evidence, report: &mut Report) {
    requests(evidence, report);
    spendings(evidence, report);
    notices(evidence, report);
    report.decisions = evidence.decisions.len();
    report.notices = evidence.notices.len();
}

fn requests(evidence: &Evidence, report: &mut Report) {
    let steps: BTreeSet<_> =
        evidence.commands.iter().filter(|asked| asked.is_step).map(|asked| asked.key).collect();
    let mut requests: BTreeMap<(&EntityId, EventKey), Said> = BTreeMap::new();
    for outcome in evidence.outcomes.iter().filter(|outcome| !outcome.later) {
        let key = (&outcome.entity, outcome.event);
        let kind = outcome.outcome.kind;
        if steps.contains(&outcome.event) && matches!(kind, OutcomeKind::Applied | OutcomeKind::Rejected) {
            requests.entry(key).or_default().answered.push(kind == OutcomeKind::Applied);
        }
    }
    for decision in &evidence.decisions {
        if matches!(
            decision.step,
            Step::Authorise | Step::Capture | Step::Cancel | Step::Order | Step::Transfer
        ) {
            let key = (&decision.entity, decision.event);
            requests.entry(key).or_default().decided.push(decision.approved);
        }
    }
    for ((entity, event), Said { answered, decided }) in requests {
        let finding = format!(
            "S14: request {event} of {entity}: expected one decision, as its outcome says ({answered:?}), found {decided:?}"
        );
        match decided.len() {
            0 => report.lost(finding),
            1 if answered == decided => {}
            1 => report.find(finding),
            _ => report.doubled(finding),
        }
    }
}

/// What a purchase spent without a hold, and holds that ended by themselves: each told once.
fn spendings(evidence: &Evidence, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for decision in evidence.decisions.iter().filter(|d| matches!(d.step, Step::Spend | Step::Expire)) {
        if !seen.insert((&decision.entity, decision.event, decision.redemption)) {
            report.doubled(format!("S14: {:?} was told twice: {decision:?}", decision.step));
        }
    }
}

fn notices(evidence: &Evidence, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for notice in &evidence.notices {
        if !seen.insert(notice.id) {
            report.doubled(format!("S30: notice {} to {} is asked for twice", notice.id, notice.entity));
        }
    }
}
