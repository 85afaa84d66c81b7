//! What goes wrong in a run: one fault after another, some at the same time, until the calm at the end.

use crate::world::{Peer, World};

/// A fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    /// A process dies, and is started again.
    Crash,
    /// A process stands still, perhaps for longer than its session and its transaction last.
    Pause,
    /// An instance does not reach the broker.
    CutBroker,
    /// An instance does not reach a replica.
    CutReplica,
    /// A replica is down.
    ReplicaDown,
    /// The broker is down.
    BrokerDown,
    /// A clock jumps.
    Clock,
    /// Messages are lost.
    Lossy,
    /// Messages are late.
    Slow,
    /// A member is thrown out of the group.
    Expel,
}

impl Fault {
    /// As often as each happens.
    const ALL: [(Self, u64); 10] = [
        (Self::Crash, 5),
        (Self::Pause, 5),
        (Self::CutBroker, 3),
        (Self::CutReplica, 2),
        (Self::ReplicaDown, 2),
        (Self::BrokerDown, 2),
        (Self::Clock, 1),
        (Self::Lossy, 2),
        (Self::Slow, 2),
        (Self::Expel, 2),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Pause => "pause",
            Self::CutBroker => "cut from the broker",
            Self::CutReplica => "cut from a replica",
            Self::ReplicaDown => "replica down",
            Self::BrokerDown => "broker down",
            Self::Clock => "clock jump",
            Self::Lossy => "messages lost",
            Self::Slow => "messages late",
            Self::Expel => "expelled from the group",
        }
    }
}

impl World {
    /// Faults from now on, until `calm`.
    pub(crate) fn trouble(&mut self, calm: i64) {
        if self.now >= calm {
            return;
        }
        let total = Fault::ALL.iter().map(|(_, weight)| weight).sum();
        let mut lot = self.chance.below(total);
        let fault = Fault::ALL.iter().find(|(_, weight)| {
            let is_it = lot < *weight;
            lot = lot.saturating_sub(*weight);
            is_it
        });
        if let Some((fault, _)) = fault {
            self.fire(*fault, calm);
        }
        let pause = self.chance.between(50, 1_200);
        self.after(pause, move |world| world.trouble(calm));
    }

    fn fire(&mut self, fault: Fault, calm: i64) {
        let node = self.chance.below(self.nodes.len() as u64) as usize;
        let replica = self.chance.below(self.replicas.len() as u64) as usize;
        let lasts = self.chance.between(20, 2_000).min(calm - self.now);
        let is_felt = match fault {
            Fault::Crash => self.crash(node, lasts),
            Fault::Pause => self.pause(node, lasts * 2),
            Fault::CutBroker => self.cut(node, Peer::Broker, lasts),
            Fault::CutReplica => self.cut(node, Peer::Replica(replica), lasts),
            Fault::ReplicaDown => self.take_down(Peer::Replica(replica), lasts),
            Fault::BrokerDown => self.take_down(Peer::Broker, lasts / 2),
            Fault::Clock => {
                self.nodes[node].clock_off = self.chance.between(-3_600_000, 3_600_000);
                true
            }
            Fault::Lossy => {
                self.weather.lost = 60;
                self.after(lasts, |world| world.weather.lost = 0);
                true
            }
            Fault::Slow => {
                self.weather.late = 80;
                self.after(lasts, |world| world.weather.late = 0);
                true
            }
            Fault::Expel => {
                let now = self.now;
                self.broker.group.expel(now, node)
            }
        };
        if is_felt {
            self.mix.fault(fault.name());
            let now = self.now;
            self.trace.tell(now, || format!("FAULT {} at {node}, {lasts} ms", fault.name()));
        }
    }

    fn crash(&mut self, node: usize, lasts: i64) -> bool {
        if !self.nodes[node].is_up {
            return false;
        }
        self.nodes[node].is_up = false;
        self.after(lasts, move |world| world.to_start.push(node));
        true
    }

    fn pause(&mut self, node: usize, lasts: i64) -> bool {
        if !self.nodes[node].is_up || self.nodes[node].paused_until > self.now {
            return false;
        }
        self.nodes[node].paused_until = self.now + lasts;
        let life = self.nodes[node].life;
        self.after(lasts, move |world| {
            if world.nodes[node].life == life {
                world.resume(node);
            }
        });
        true
    }

    fn cut(&mut self, node: usize, peer: Peer, lasts: i64) -> bool {
        self.weather.cut(node, peer, true);
        self.after(lasts, move |world| world.weather.cut(node, peer, false));
        true
    }

    fn take_down(&mut self, peer: Peer, lasts: i64) -> bool {
        self.weather.take_down(peer, true);
        self.after(lasts, move |world| world.weather.take_down(peer, false));
        true
    }
}
