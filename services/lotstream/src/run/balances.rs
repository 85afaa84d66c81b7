//! `balances.csv`: one line an account and wallet, as of the end of the run (S07).

use crate::failure::Failure;
use domain::Entity;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The file while it is written.
pub(crate) struct Balances {
    path: PathBuf,
    file: BufWriter<File>,
}

const HEADINGS: &str = "entity,wallet,total,available,pending,held,spent,expired,debt,tier";

impl Balances {
    pub(crate) fn create(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join("balances.csv");
        let file = File::create(&path).map_err(Failure::file("write", &path))?;
        let mut balances = Self { path, file: BufWriter::new(file) };
        balances.line(HEADINGS)?;
        Ok(balances)
    }

    pub(crate) fn write(&mut self, entity: &Entity) -> Result<(), Failure> {
        let tier = entity.account.standing.as_ref().map_or("", |standing| standing.tier.as_str());
        for balance in &entity.account.wallets {
            let buckets = &balance.buckets;
            self.line(&format!(
                "{},{},{},{},{},{},{},{},{},{tier}",
                entity.account.entity,
                balance.wallet,
                balance.total(),
                buckets.available,
                buckets.pending,
                buckets.held,
                buckets.spent,
                buckets.expired,
                balance.debt,
            ))?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.file, "{line}").map_err(Failure::file("write", &self.path))
    }

    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.file.flush().map_err(Failure::file("write", &self.path))
    }
}
