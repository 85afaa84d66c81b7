//! Which faults are in force between instances, broker and replicas.

use crate::chance::Chance;
use crate::mix::Mix;
use crate::world::Peer;
use std::collections::BTreeMap;

/// The weather.
#[derive(Debug)]
pub(crate) struct Weather {
    /// Links that are cut, each as often as faults hold it.
    cut: BTreeMap<(usize, Peer), u32>,
    /// Peers that do not answer anybody.
    down: BTreeMap<Peer, u32>,
    /// How many of a thousand messages are lost, and how many are late.
    pub(crate) lost: u64,
    pub(crate) late: u64,
    nodes: usize,
}

impl Weather {
    pub(crate) const fn new(nodes: usize) -> Self {
        Self { cut: BTreeMap::new(), down: BTreeMap::new(), lost: 0, late: 0, nodes }
    }

    /// Everything is fine from now on.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.nodes);
    }

    pub(crate) fn is_down(&self, peer: Peer) -> bool {
        self.down.contains_key(&peer)
    }

    pub(crate) fn is_cut(&self, node: usize, peer: Peer) -> bool {
        self.is_down(peer) || self.cut.contains_key(&(node, peer))
    }

    /// Cuts a link, or mends it.
    pub(crate) fn cut(&mut self, node: usize, peer: Peer, is_cut: bool) {
        change(&mut self.cut, (node, peer), is_cut);
    }

    /// Takes a peer down, or up.
    pub(crate) fn take_down(&mut self, peer: Peer, is_down: bool) {
        change(&mut self.down, peer, is_down);
    }

    /// How long a message takes; `None` where it is lost.
    pub(crate) fn travel(&self, chance: &mut Chance, mix: &mut Mix, node: usize, peer: Peer) -> Option<i64> {
        if self.is_cut(node, peer) {
            mix.effect("message lost: link cut");
            return None;
        }
        let luck = chance.below(1_000);
        if luck < self.lost {
            mix.effect("message lost");
            return None;
        }
        if luck < self.lost + self.late {
            mix.effect("message late");
            return Some(chance.between(50, 3_000));
        }
        Some(chance.between(1, 4))
    }
}

/// One fault more, or one less, holds `key`.
fn change<K: Ord>(held: &mut BTreeMap<K, u32>, key: K, more: bool) {
    if more {
        *held.entry(key).or_default() += 1;
    } else if let Some(count) = held.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            held.remove(&key);
        }
    }
}
