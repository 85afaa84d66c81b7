//! Where schemas are kept and numbered: the registry of a deployment, or a fixed one in the process.
//!
//! A number means one schema for ever: what was answered once is never asked again ([`Cached`]).

mod cached;
mod confluent;
mod fixed;

pub use crate::error::RegistryError;
pub use cached::Cached;
pub use confluent::Confluent;
pub use fixed::Fixed;

/// What a registry refuses of a new version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compatibility {
    /// Every version must read what every other one wrote.
    #[default]
    FullTransitive,
    /// A new version must read what every older one wrote.
    BackwardTransitive,
}

impl Compatibility {
    /// The word of the Confluent API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FullTransitive => "FULL_TRANSITIVE",
            Self::BackwardTransitive => "BACKWARD_TRANSITIVE",
        }
    }
}

/// A schema registry.
pub trait Registry: Send + Sync {
    /// Registers `schema` under `subject`; the number it has there, new or not.
    ///
    /// # Errors
    /// [`RegistryError::Refused`] for one the subject's compatibility forbids.
    fn register(&self, subject: &str, schema: &str) -> Result<u32, RegistryError>;

    /// The schema of this number; `None` where there is none.
    ///
    /// # Errors
    /// [`RegistryError::Unavailable`].
    fn schema(&self, id: u32) -> Result<Option<String>, RegistryError>;

    /// Every version of `subject`, oldest first, with its number.
    ///
    /// # Errors
    /// [`RegistryError::Unavailable`].
    fn versions(&self, subject: &str) -> Result<Vec<(u32, String)>, RegistryError>;

    /// Sets what is refused of new versions of `subject`.
    ///
    /// # Errors
    /// As [`Registry::register`].
    fn set_compatibility(&self, subject: &str, level: Compatibility) -> Result<(), RegistryError>;

    /// Whether `schema` could be registered under `subject` now.
    ///
    /// # Errors
    /// [`RegistryError::Unavailable`].
    fn is_compatible(&self, subject: &str, schema: &str) -> Result<bool, RegistryError>;
}
