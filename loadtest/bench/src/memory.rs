//! What the system says this process holds.

/// Resident memory now and at its peak, in megabytes; zeros where the system does not say.
pub(crate) fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
            .map_or(0, |kilobytes| kilobytes / 1024)
    };
    (field("VmRSS:"), field("VmHWM:"))
}
