//! Published programmes: versions come as commands in the log, are compiled once and never change (S26).

use crate::codec::Compiler;
use crate::guard::caught;
use crate::wal::ProgrammeVersion;
use domain::Name;
use domain::tariff::Tariffs;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a publication does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Published {
    /// A new version.
    New,
    /// The same as before.
    Known,
    /// Another text under a known number: the first stands.
    Differs,
}

/// The versions of a partition.
#[derive(Debug, Default)]
pub(crate) struct Programmes {
    texts: BTreeMap<(Name, i32), Arc<str>>,
    tariffs: Tariffs,
}

impl Programmes {
    /// The compiled versions.
    pub(crate) const fn tariffs(&self) -> &Tariffs {
        &self.tariffs
    }

    /// Adds a version.
    ///
    /// # Errors
    /// What is wrong with it: the partition halts, for skipping it would let partitions differ.
    pub(crate) fn publish(
        &mut self,
        version: &ProgrammeVersion,
        compiler: &dyn Compiler,
    ) -> Result<Published, String> {
        let key = (version.programme.clone(), version.version);
        match self.texts.get(&key) {
            Some(text) if *text == version.text => return Ok(Published::Known),
            Some(_) => return Ok(Published::Differs),
            None => {}
        }
        let place = format!("programme {} version {}", version.programme, version.version);
        let tariff = caught(|| compiler.compile(version))
            .unwrap_or_else(|panic| {
                Err(format!("the compiler failed: {panic}; start a version that takes it"))
            })
            .map_err(|error| format!("{place}: {error}"))?;
        if tariff.programme != version.programme || tariff.version != version.version {
            return Err(format!("{place}: its text says {} version {}", tariff.programme, tariff.version));
        }
        self.tariffs.add(tariff);
        self.texts.insert(key, Arc::clone(&version.text));
        Ok(Published::New)
    }
}
