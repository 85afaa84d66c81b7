//! How a published programme becomes a tariff: the one place where engine and rule language meet.

use domain::tariff::Tariff;
use engine::wal::ProgrammeVersion;
use std::sync::Arc;

/// Compiles a stored version.
///
/// # Errors
/// Its mistakes, one a line, for the operator: the partition halts with them.
pub fn compile(version: &ProgrammeVersion) -> Result<Arc<Tariff>, String> {
    let file = format!("{} version {}", version.programme, version.version);
    programme::compile(&file, &version.text).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        problems.join("\n")
    })
}
