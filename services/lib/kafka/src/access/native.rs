//! librdkafka's own calls for ACLs, which its Rust client lacks, behind two safe functions.
//!
//! One of the files with `unsafe` (a test of the architecture names them). What librdkafka hands over is freed here, exactly
//! once, when its [`Owned`] is dropped; no pointer leaves.

#![allow(unsafe_code, reason = "calls a C library; the workspace denies it everywhere else")]

use super::{ANYWHERE, Operation, Pattern, Permission, Resource, Right};
use crate::connection::REQUEST_TIMEOUT;
use crate::error::Error;
use rdkafka::bindings as c;
use rdkafka::client::{Client, DefaultClientContext};
use rdkafka::error::KafkaError;
use std::ffi::{CStr, CString, c_char};
use std::ptr::{NonNull, null, null_mut};

use c::rd_kafka_AclOperation_t as COperation;
use c::rd_kafka_AclPermissionType_t as CPermission;
use c::rd_kafka_ResourcePatternType_t as CPattern;
use c::rd_kafka_ResourceType_t as CResource;
use c::rd_kafka_admin_op_t as Call;
use c::{rd_kafka_AclBinding_t as CBinding, rd_kafka_event_t as CEvent};

/// The longest text librdkafka gives for what it does not take, in bytes.
const LONGEST: usize = 512;

const OPERATIONS: [(Operation, COperation); 11] = [
    (Operation::All, COperation::RD_KAFKA_ACL_OPERATION_ALL),
    (Operation::Read, COperation::RD_KAFKA_ACL_OPERATION_READ),
    (Operation::Write, COperation::RD_KAFKA_ACL_OPERATION_WRITE),
    (Operation::Create, COperation::RD_KAFKA_ACL_OPERATION_CREATE),
    (Operation::Delete, COperation::RD_KAFKA_ACL_OPERATION_DELETE),
    (Operation::Alter, COperation::RD_KAFKA_ACL_OPERATION_ALTER),
    (Operation::Describe, COperation::RD_KAFKA_ACL_OPERATION_DESCRIBE),
    (Operation::ClusterAction, COperation::RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION),
    (Operation::DescribeConfigs, COperation::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS),
    (Operation::AlterConfigs, COperation::RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS),
    (Operation::IdempotentWrite, COperation::RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE),
];
const RESOURCES: [(Resource, CResource); 4] = [
    (Resource::Topic, CResource::RD_KAFKA_RESOURCE_TOPIC),
    (Resource::Group, CResource::RD_KAFKA_RESOURCE_GROUP),
    (Resource::Cluster, CResource::RD_KAFKA_RESOURCE_BROKER),
    (Resource::TransactionalId, CResource::RD_KAFKA_RESOURCE_TRANSACTIONAL_ID),
];
const PATTERNS: [(Pattern, CPattern); 2] = [
    (Pattern::Literal, CPattern::RD_KAFKA_RESOURCE_PATTERN_LITERAL),
    (Pattern::Prefixed, CPattern::RD_KAFKA_RESOURCE_PATTERN_PREFIXED),
];
const PERMISSIONS: [(Permission, CPermission); 2] = [
    (Permission::Allow, CPermission::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW),
    (Permission::Deny, CPermission::RD_KAFKA_ACL_PERMISSION_TYPE_DENY),
];

/// The other side's word for `word`.
fn theirs<A: Copy + PartialEq, B: Copy>(words: &[(A, B)], word: A, unknown: B) -> B {
    words.iter().find(|(ours, _)| *ours == word).map_or(unknown, |(_, theirs)| *theirs)
}

fn ours<A: Copy, B: Copy + PartialEq>(words: &[(A, B)], word: B, unknown: A) -> A {
    words.iter().find(|(_, theirs)| *theirs == word).map_or(unknown, |(ours, _)| *ours)
}

/// Something of librdkafka's that is ours to free.
struct Owned<T> {
    pointer: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// `None` where `pointer` is null.
    ///
    /// # Safety
    /// Nobody else frees what `pointer` points to, and `free` is librdkafka's function that does.
    unsafe fn of(pointer: *mut T, free: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        NonNull::new(pointer).map(|pointer| Self { pointer, free })
    }

    const fn as_ptr(&self) -> *mut T {
        self.pointer.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `Owned::of` was promised that this frees it, and that nobody else does.
        unsafe { (self.free)(self.pointer.as_ptr()) }
    }
}

/// Gives rights; what became of each, in order.
pub(super) fn create(
    client: &Client<DefaultClientContext>,
    rights: &[Right],
) -> Result<Vec<Result<(), Error>>, Error> {
    if rights.is_empty() {
        return Ok(Vec::new());
    }
    let bindings = rights.iter().map(binding).collect::<Result<Vec<_>, Error>>()?;
    let mut pointers: Vec<*mut CBinding> = bindings.iter().map(Owned::as_ptr).collect();
    let event = ask(client, Call::RD_KAFKA_ADMIN_OP_CREATEACLS, "giving rights", |rk, options, queue| {
        // SAFETY: `ask` hands over live pointers; `pointers` holds as many live bindings as it says, and
        // librdkafka copies them before it returns.
        unsafe { c::rd_kafka_CreateAcls(rk, pointers.as_mut_ptr(), pointers.len(), options, queue) }
    })?;
    let mut count = 0;
    // SAFETY: the event lives; null where it is of another call, else `count` results that live as long as it.
    let results = unsafe {
        let result = c::rd_kafka_event_CreateAcls_result(event.as_ptr());
        let first = if result.is_null() {
            null_mut()
        } else {
            c::rd_kafka_CreateAcls_result_acls(result, &raw mut count)
        };
        array(first, count)
    };
    if results.len() != rights.len() {
        let doing = format!("giving {} rights: {} were answered", rights.len(), results.len());
        return Err(Error::kafka(doing)(KafkaError::Canceled));
    }
    Ok(rights.iter().zip(results).map(|(right, result)| refusal(right, *result)).collect())
}

/// The rights of `principal`, or of everybody.
pub(super) fn list(
    client: &Client<DefaultClientContext>,
    principal: Option<&str>,
) -> Result<Vec<Right>, Error> {
    let filter = filter(principal)?;
    let event = ask(client, Call::RD_KAFKA_ADMIN_OP_DESCRIBEACLS, "listing rights", |rk, options, queue| {
        // SAFETY: `ask` hands over live pointers, the filter lives, and librdkafka copies it before it returns.
        unsafe { c::rd_kafka_DescribeAcls(rk, filter.as_ptr(), options, queue) }
    })?;
    let mut count = 0;
    // SAFETY: the event lives; null where it is of another call, else `count` bindings that live as long as it.
    let bindings = unsafe {
        let result = c::rd_kafka_event_DescribeAcls_result(event.as_ptr());
        let first = if result.is_null() {
            null_mut()
        } else {
            c::rd_kafka_DescribeAcls_result_acls(result, &raw mut count)
        };
        array(first, count)
    };
    Ok(bindings.iter().map(|binding| right(*binding)).collect())
}

/// Sends a question with `send` and waits for its answer on a queue of its own.
fn ask(
    client: &Client<DefaultClientContext>,
    call: Call,
    doing: &str,
    send: impl FnOnce(*mut c::rd_kafka_t, *const c::rd_kafka_AdminOptions_t, *mut c::rd_kafka_queue_t),
) -> Result<Owned<CEvent>, Error> {
    let millis = i32::try_from(REQUEST_TIMEOUT.as_millis()).unwrap_or(i32::MAX);
    let late = || Error::Late { doing: doing.to_owned(), millis: REQUEST_TIMEOUT.as_millis() };
    let client = client.native_ptr();
    // SAFETY: the client is borrowed, so it lives until this returns; what is made here is ours to free.
    let made = unsafe {
        let options = c::rd_kafka_AdminOptions_new(client, call);
        let queue = c::rd_kafka_queue_new(client);
        (Owned::of(options, c::rd_kafka_AdminOptions_destroy), Owned::of(queue, c::rd_kafka_queue_destroy))
    };
    let (Some(options), Some(queue)) = made else {
        return Err(Error::kafka(doing)(KafkaError::Canceled));
    };
    // SAFETY: the options live; no text is asked for, so none is written.
    let set =
        unsafe { c::rd_kafka_AdminOptions_set_request_timeout(options.as_ptr(), millis, null_mut(), 0) };
    checked(set, doing)?;
    send(client, options.as_ptr(), queue.as_ptr());
    // SAFETY: the queue lives, and the event it gives is ours to free. It answers itself after the request's
    // timeout; twice that is for a client that is stuck.
    let event = unsafe {
        Owned::of(c::rd_kafka_queue_poll(queue.as_ptr(), millis.saturating_mul(2)), c::rd_kafka_event_destroy)
    };
    let event = event.ok_or_else(late)?;
    // SAFETY: the event lives.
    checked(unsafe { c::rd_kafka_event_error(event.as_ptr()) }, doing)?;
    Ok(event)
}

fn checked(code: c::rd_kafka_resp_err_t, doing: &str) -> Result<(), Error> {
    match code {
        c::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        code => Err(Error::kafka(doing)(KafkaError::AdminOp(code.into()))),
    }
}

/// A right as librdkafka has it.
fn binding(right: &Right) -> Result<Owned<CBinding>, Error> {
    let doing = format!("giving {right}");
    let name = text(&right.name, &doing)?;
    let principal = text(&right.principal, &doing)?;
    let host = text(&right.host, &doing)?;
    let resource = theirs(&RESOURCES, right.resource, CResource::RD_KAFKA_RESOURCE_UNKNOWN);
    let pattern = theirs(&PATTERNS, right.pattern, CPattern::RD_KAFKA_RESOURCE_PATTERN_UNKNOWN);
    let operation = theirs(&OPERATIONS, right.operation, COperation::RD_KAFKA_ACL_OPERATION_UNKNOWN);
    let permission =
        theirs(&PERMISSIONS, right.permission, CPermission::RD_KAFKA_ACL_PERMISSION_TYPE_UNKNOWN);
    let mut problem = [0; LONGEST];
    // SAFETY: the texts end with a zero and live through the call, which copies them; `problem` has the length it is
    // said to have. The binding is ours to free.
    let binding = unsafe {
        let made = c::rd_kafka_AclBinding_new(
            resource,
            name.as_ptr(),
            pattern,
            principal.as_ptr(),
            host.as_ptr(),
            operation,
            permission,
            problem.as_mut_ptr(),
            problem.len(),
        );
        Owned::of(made, c::rd_kafka_AclBinding_destroy)
    };
    binding.ok_or_else(|| refused(&doing, &problem))
}

/// All rights of `principal`, or of everybody.
fn filter(principal: Option<&str>) -> Result<Owned<CBinding>, Error> {
    let doing = "listing rights";
    let principal = principal.map(|principal| text(principal, doing)).transpose()?;
    let mut problem = [0; LONGEST];
    // SAFETY: as in `binding`; null stands for any name, principal and host.
    let filter = unsafe {
        let made = c::rd_kafka_AclBindingFilter_new(
            CResource::RD_KAFKA_RESOURCE_ANY,
            null(),
            CPattern::RD_KAFKA_RESOURCE_PATTERN_ANY,
            principal.as_ref().map_or(null(), |principal| principal.as_ptr()),
            null(),
            COperation::RD_KAFKA_ACL_OPERATION_ANY,
            CPermission::RD_KAFKA_ACL_PERMISSION_TYPE_ANY,
            problem.as_mut_ptr(),
            problem.len(),
        );
        Owned::of(made, c::rd_kafka_AclBinding_destroy)
    };
    filter.ok_or_else(|| refused(doing, &problem))
}

/// A binding of an answer as a right.
fn right(binding: *const CBinding) -> Right {
    // SAFETY: the binding lives as long as the answer it is of, and so do its texts. librdkafka replaces words it does
    // not know by its `UNKNOWN` when it reads an answer, so each word is one of its enum.
    unsafe {
        Right {
            principal: owned(c::rd_kafka_AclBinding_principal(binding)).unwrap_or_default(),
            resource: ours(&RESOURCES, c::rd_kafka_AclBinding_restype(binding), Resource::Unknown),
            pattern: ours(&PATTERNS, c::rd_kafka_AclBinding_resource_pattern_type(binding), Pattern::Unknown),
            name: owned(c::rd_kafka_AclBinding_name(binding)).unwrap_or_default(),
            operation: ours(&OPERATIONS, c::rd_kafka_AclBinding_operation(binding), Operation::Unknown),
            permission: ours(
                &PERMISSIONS,
                c::rd_kafka_AclBinding_permission_type(binding),
                Permission::Unknown,
            ),
            host: owned(c::rd_kafka_AclBinding_host(binding)).unwrap_or_else(|| ANYWHERE.to_owned()),
        }
    }
}

/// What became of one right.
fn refusal(right: &Right, result: *const c::rd_kafka_acl_result_t) -> Result<(), Error> {
    // SAFETY: the result lives as long as the answer it is of, and so does its error, which is null where there is
    // none. Its code is a broker's, which the enum of this librdkafka has to know, as everywhere in its Rust client.
    let (code, why) = unsafe {
        let error = c::rd_kafka_acl_result_error(result);
        if error.is_null() {
            return Ok(());
        }
        (c::rd_kafka_error_code(error), owned(c::rd_kafka_error_string(error)).unwrap_or_default())
    };
    Err(Error::kafka(format!("giving {right}: {why}"))(KafkaError::AdminOp(code.into())))
}

/// The elements of an array of librdkafka's; empty where it is null.
///
/// # Safety
/// `first` is null, or points to `count` elements that live as long as the result is used.
unsafe fn array<'a, T>(first: *mut T, count: usize) -> &'a [T] {
    if first.is_null() {
        return &[];
    }
    // SAFETY: as promised.
    unsafe { std::slice::from_raw_parts(first, count) }
}

/// A copy of a text of librdkafka's; `None` of null.
///
/// # Safety
/// `text` is null, or ends with a zero and lives through the call.
unsafe fn owned(text: *const c_char) -> Option<String> {
    // SAFETY: as promised.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

fn text(text: &str, doing: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|error| Error::kafka(doing)(KafkaError::Nul(error)))
}

/// What librdkafka said before it asked anyone.
fn refused(doing: &str, problem: &[c_char]) -> Error {
    let bytes: Vec<u8> =
        problem.iter().take_while(|byte| **byte != 0).map(|byte| byte.cast_unsigned()).collect();
    Error::kafka(doing)(KafkaError::AdminOpCreation(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::ClientConfig;
    use rdkafka::admin::AdminClient;

    fn write(name: &str) -> Right {
        Right::to("User:shop", Operation::Write, Resource::Topic, Pattern::Literal, name)
    }

    #[test]
    fn a_right_is_the_same_after_librdkafka_had_it() {
        let prefixed = Right { pattern: Pattern::Prefixed, resource: Resource::Group, ..write("eu.shop.") };
        let denied = Right { permission: Permission::Deny, host: "10.0.0.1".to_owned(), ..write("t") };
        for expected in OPERATIONS.map(|(operation, _)| Right { operation, ..write("t") }).iter().chain([
            &write("purchases.лавка"),
            &prefixed,
            &denied,
        ]) {
            let native = binding(expected).unwrap();
            assert_eq!(right(native.as_ptr()), *expected);
        }
    }

    #[test]
    fn what_is_no_right_is_refused_before_anyone_is_asked() {
        let nothing = Right { operation: Operation::Unknown, ..write("t") };
        let told = binding(&nothing).err().unwrap().to_string();
        assert!(told.contains("giving unknown operation on topic t for User:shop: "), "{told}");
        let told = binding(&write("a\0b")).err().unwrap().to_string();
        assert!(told.starts_with("giving Write on topic a\0b"), "{told}");
    }

    #[test]
    fn no_rights_are_no_question() {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", "127.0.0.1:1").set("log_level", "0");
        let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
        assert!(create(admin.inner(), &[]).unwrap().is_empty());
    }
}
