//! Why a server did not let us in: what a person has to change, told apart from a server that is away.

use crate::config::Config;
use crate::error::ScyllaError;
use crate::tls::Complaint;
use scylla::errors::{
    ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, MetadataError,
    NewSessionError,
};

/// What came of coming in.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// Nobody answers: that may pass.
    Away,
    /// Somebody answers and hangs up or talks of something else: one side with TLS and the other without, or a server
    /// that stops just now.
    Odd(String),
    /// A setting is wrong.
    Wrong(String),
}

/// Reads it from the driver's error and from what was noted of the handshake.
pub(crate) fn refusal(error: &NewSessionError, complaint: &Complaint, config: &Config) -> Refusal {
    if let Some(words) = complaint.words() {
        return Refusal::Wrong(words);
    }
    let Some(error) = connection(error) else { return Refusal::Away };
    match error {
        ConnectionError::ConnectionSetupRequestError(error) => setup(error.get_error(), config),
        ConnectionError::BrokenConnection(_) => Refusal::Odd(hung_up(config).to_owned()),
        // OpenSSL's own errors come as ones of no kind.
        ConnectionError::IoError(error) if error.kind() == std::io::ErrorKind::Other => {
            Refusal::Odd(format!("{}: {error}", hung_up(config)))
        }
        _ => Refusal::Away,
    }
}

const fn connection(error: &NewSessionError) -> Option<&ConnectionError> {
    match error {
        NewSessionError::MetadataError(MetadataError::ConnectionPoolError(ConnectionPoolError::Broken {
            last_connection_error,
        })) => Some(last_connection_error),
        _ => None,
    }
}

fn setup(error: &ConnectionSetupRequestErrorKind, config: &Config) -> Refusal {
    use ConnectionSetupRequestErrorKind as Kind;
    match error {
        Kind::MissingAuthentication => Refusal::Wrong(
            "it wants a login, and there is none: set cql_user and cql_password_file (or LOTSTREAM_CQL_PASSWORD)"
                .to_owned(),
        ),
        Kind::DbError(DbError::AuthenticationError, said) => {
            let user = config.login.as_ref().map_or("(none)", |login| &login.user);
            Refusal::Wrong(format!(
                "it does not take the login `{user}`: {said}; check cql_user and its password (cql_password_file or \
                 LOTSTREAM_CQL_PASSWORD)"
            ))
        }
        Kind::BrokenConnection(_) | Kind::UnexpectedResponse(_) => Refusal::Odd(hung_up(config).to_owned()),
        _ => Refusal::Away,
    }
}

const fn hung_up(config: &Config) -> &'static str {
    match config.tls {
        None => {
            "it hangs up on a connection without TLS; where it wants TLS, set cql_tls_ca to the file of its CA"
        }
        Some(_) => {
            "it does not answer in TLS; where it has none, leave cql_tls_ca empty, and where it wants a certificate of \
             ours, set cql_tls_certificate and cql_tls_key"
        }
    }
}

/// The error that says so.
pub(crate) fn refused(config: &Config, reason: String) -> ScyllaError {
    ScyllaError::Refused { nodes: config.nodes.join(", "), reason }
}
