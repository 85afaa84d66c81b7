//! Packets that are lost on their way in one direction, by nftables.

use std::process::Command;

const TABLE: &str = "lotstream_faults";

/// While it lives, nothing that comes from this address arrives; what goes there does.
pub struct Lost(());

/// From now on nothing from `address` arrives.
pub fn lose_from(address: &str) -> Lost {
    let rules = format!(
        "add table ip {TABLE}; add chain ip {TABLE} input {{ type filter hook input priority 0; }}; \
         add rule ip {TABLE} input ip saddr {address} counter drop"
    );
    let status = Command::new("nft").arg(&rules).status();
    assert!(status.is_ok_and(|status| status.success()), "nft {rules}");
    Lost(())
}

/// Everything arrives again.
pub(super) fn heal() {
    let _ = Command::new("nft").args(["delete", "table", "ip", TABLE]).output();
}

/// Packets that were lost so far.
pub fn lost() -> u64 {
    let told = Command::new("nft").args(["list", "table", "ip", TABLE]).output();
    let told =
        told.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    let mut words = told.split_whitespace().skip_while(|word| *word != "packets");
    words.nth(1).and_then(|count| count.parse().ok()).unwrap_or(0)
}

impl Drop for Lost {
    fn drop(&mut self) {
        heal();
    }
}
