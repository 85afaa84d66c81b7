//! A header by its name, asked of librdkafka itself: its Rust client panics at the first header whose name is not UTF-8,
//! and a partner may call a header what it likes.
//!
//! One of the files with `unsafe` (a test of the architecture names them). What is handed out is borrowed from the
//! message; no pointer leaves.

#![allow(unsafe_code, reason = "calls a C library; the workspace denies it everywhere else")]

use rdkafka::bindings as c;
use rdkafka::message::BorrowedMessage;
use std::ffi::CString;
use std::ptr::{null, null_mut};

/// The value of the first header called `name`, where there is one with a value.
pub(crate) fn first<'m>(message: &'m BorrowedMessage<'_>, name: &str) -> Option<&'m [u8]> {
    let name = CString::new(name).ok()?;
    let mut headers = null_mut();
    let mut value = null();
    let mut size = 0;
    // SAFETY: the message lives as long as `message` is borrowed, and its headers with it; librdkafka reads `name` to its
    // NUL, which it has, and writes to the two places behind it only where it answers without an error.
    unsafe {
        if c::rd_kafka_message_headers(message.ptr(), &raw mut headers) != NONE_WRONG {
            return None;
        }
        if c::rd_kafka_header_get(headers, 0, name.as_ptr(), &raw mut value, &raw mut size) != NONE_WRONG {
            return None;
        }
        (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size))
    }
}

const NONE_WRONG: c::rd_kafka_resp_err_t = c::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
