//! Published programmes: versions come as commands in the log, are compiled once and never change (S26).

use crate::codec::Compiler;
use crate::guard::caught;
use crate::wal::ProgrammeVersion;
use domain::Name;
use domain::tariff::{Tariff, Tariffs};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a publication does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Published {
    /// A new version.
    New,
    /// The same as before.
    Known,
    /// Another text under a known number: the first stands.
    Differs,
    /// A correction that cannot be: why. Every partition says the same of it.
    Refused(String),
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

    /// Takes back a version that was published before.
    ///
    /// # Errors
    /// What is wrong with it: the partition halts, for skipping it would let partitions differ.
    pub(crate) fn restore(
        &mut self,
        version: &ProgrammeVersion,
        compiler: &dyn Compiler,
    ) -> Result<(), String> {
        if self.known(version).is_none() {
            let tariff = compile(version, compiler)?;
            self.keep(version, tariff);
        }
        Ok(())
    }

    /// Adds a version.
    ///
    /// # Errors
    /// As [`Programmes::restore`].
    pub(crate) fn publish(
        &mut self,
        version: &ProgrammeVersion,
        compiler: &dyn Compiler,
    ) -> Result<Published, String> {
        if let Some(known) = self.known(version) {
            return Ok(known);
        }
        let tariff = compile(version, compiler)?;
        if let Err(error) = self.tariffs.check_correction(&tariff) {
            return Ok(Published::Refused(error.to_string()));
        }
        self.keep(version, tariff);
        Ok(Published::New)
    }

    fn known(&self, version: &ProgrammeVersion) -> Option<Published> {
        let text = self.texts.get(&(version.programme.clone(), version.version))?;
        Some(if *text == version.text { Published::Known } else { Published::Differs })
    }

    fn keep(&mut self, version: &ProgrammeVersion, tariff: Arc<Tariff>) {
        self.tariffs.add(tariff);
        self.texts.insert((version.programme.clone(), version.version), Arc::clone(&version.text));
    }
}

fn compile(version: &ProgrammeVersion, compiler: &dyn Compiler) -> Result<Arc<Tariff>, String> {
    let place = format!("programme {} version {}", version.programme, version.version);
    let tariff = caught(|| compiler.compile(version))
        .unwrap_or_else(|panic| Err(format!("the compiler failed: {panic}; start a version that takes it")))
        .map_err(|error| format!("{place}: {error}"))?;
    if tariff.programme != version.programme || tariff.version != version.version {
        return Err(format!("{place}: its text says {} version {}", tariff.programme, tariff.version));
    }
    Ok(tariff)
}
