//! Code that may panic on a record it was given: the panic becomes an error, and the partition goes on.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `attempt`; the text of its panic where it failed. Only for code that changes nothing it was lent: what
/// is half changed by a panic must not be looked at again.
pub(crate) fn caught<T>(attempt: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(attempt)).map_err(|panic| panic_text(panic.as_ref()).to_owned())
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("panic without a text")
}
