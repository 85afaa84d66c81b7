//! What the system says a process holds.

/// Resident memory of this process now and at its peak, in megabytes; zeros where the system does not say.
pub(crate) fn resident() -> (u64, u64) {
    (field("self", "VmRSS:"), field("self", "VmHWM:"))
}

/// The peak of another process, in megabytes.
pub(crate) fn peak_of(process: &str) -> u64 {
    field(process, "VmHWM:")
}

fn field(process: &str, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.map_or(0, |kilobytes| kilobytes / 1024)
}
