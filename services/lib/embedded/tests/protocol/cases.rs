//! Single steps of the protocol.
