//! TLS to the nodes: whose certificates are believed, and what they must say.
//!
//! The driver checks who signed a node's certificate and not for whom; that is checked here, as part of the same
//! handshake, so that nothing (no password, no row) is sent before it is known who listens.

use crate::config::{Names, Tls};
use crate::error::ScyllaError;
use openssl::error::ErrorStack;
use openssl::ssl::{SslConnector, SslConnectorBuilder, SslFiletype, SslMethod, SslVerifyMode};
use openssl::x509::{X509Ref, X509StoreContextRef, X509VerifyResult};
use scylla::client::session::OpenSsl010Config;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Why the last handshake was refused on our side, in words.
#[derive(Clone, Default, Debug)]
pub(crate) struct Complaint(Arc<Mutex<Option<String>>>);

impl Complaint {
    fn note(&self, words: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
    }

    /// The words, where a handshake was refused.
    pub(crate) fn words(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the driver makes its connections with. Refusals are noted in `complaint`.
pub(crate) fn context(tls: &Tls, complaint: &Complaint) -> Result<OpenSsl010Config, ScyllaError> {
    let failed = |what: &str, path: &Path, error: &ErrorStack| ScyllaError::Tls {
        what: what.to_owned(),
        path: path.to_owned(),
        reason: error.errors().first().and_then(openssl::error::Error::reason).unwrap_or("unreadable").into(),
    };
    let mut builder =
        SslConnector::builder(SslMethod::tls_client()).map_err(|error| failed("OpenSSL", &tls.ca, &error))?;
    if !tls.is_system() {
        let store = builder.set_ca_file(&tls.ca);
        store.map_err(|error| failed("CA certificates in PEM (cql_tls_ca)", &tls.ca, &error))?;
    }
    if let Some((certificate, key)) = &tls.client {
        let read = builder.set_certificate_chain_file(certificate);
        read.map_err(|error| failed("a certificate in PEM (cql_tls_certificate)", certificate, &error))?;
        let read = builder.set_private_key_file(key, SslFiletype::PEM);
        read.map_err(|error| failed("the key of that certificate in PEM (cql_tls_key)", key, &error))?;
    }
    verify(&mut builder, tls.names.clone(), complaint.clone());
    Ok(OpenSsl010Config::new(builder))
}

/// Every handshake checks the chain, as OpenSSL does, and then the names.
fn verify(builder: &mut SslConnectorBuilder, names: Names, complaint: Complaint) {
    builder.set_verify_callback(SslVerifyMode::PEER, move |chain_holds, context| {
        if !chain_holds {
            complaint.note(format!("its certificate is not believed: {}", context.error().error_string()));
            return false;
        }
        let is_the_nodes = context.error_depth() == 0;
        let Names::OneOf(names) = &names else { return true };
        if !is_the_nodes || context.current_cert().is_some_and(|found| carries(found, names)) {
            return true;
        }
        complaint.note(other_names(context, names));
        context.set_error(X509VerifyResult::APPLICATION_VERIFICATION);
        false
    });
}

fn other_names(context: &X509StoreContextRef, names: &[String]) -> String {
    let found = context.current_cert().map(names_of).unwrap_or_default();
    let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
    format!(
        "its certificate is for others: expected one of the names {}, found {found}; name every node in `cql` as its \
         certificate does, or say in cql_tls_names which names to expect",
        names.join(", ")
    )
}

/// Whether a certificate is for one of these hosts, by its alternative names alone.
fn carries(certificate: &X509Ref, names: &[String]) -> bool {
    let carried = names_of(certificate);
    names.iter().any(|name| carried.iter().any(|carried| covers(carried, name)))
}

fn names_of(certificate: &X509Ref) -> Vec<String> {
    let mut found = Vec::new();
    for name in certificate.subject_alt_names().iter().flatten() {
        let address = name.ipaddress().and_then(|bytes| match bytes.len() {
            4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
            _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        });
        found
            .extend(name.dnsname().map(str::to_owned).or_else(|| address.map(|address| address.to_string())));
    }
    found
}

/// Whether a name of a certificate is that of `host`. A star stands for a first label, whole and alone (RFC 6125).
fn covers(carried: &str, host: &str) -> bool {
    if let (Ok(carried), Ok(host)) = (carried.parse::<IpAddr>(), host.parse::<IpAddr>()) {
        return carried == host;
    }
    if host.parse::<IpAddr>().is_ok() {
        return false;
    }
    let host = host.trim_end_matches('.');
    match carried.strip_prefix("*.") {
        Some(domain) => {
            let rest = host.split_once('.').map(|(_, rest)| rest);
            domain.contains('.') && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
        }
        None => carried.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_covers_its_host_and_no_other() {
        for (carried, host) in [
            ("scylla-1.example.org", "Scylla-1.example.org."),
            ("*.example.org", "scylla-1.example.org"),
            ("10.0.0.7", "10.0.0.7"),
            ("::1", "0:0:0:0:0:0:0:1"),
        ] {
            assert!(covers(carried, host), "{carried} is {host}");
        }
        for (carried, host) in [
            ("scylla-1.example.org", "scylla-2.example.org"),
            ("*.example.org", "example.org"),
            ("*.example.org", "a.b.example.org"),
            ("*.org", "example.org"),
            ("*", "localhost"),
            ("s*.example.org", "scylla.example.org"),
            ("*.0.0.7", "10.0.0.7"),
            ("10.0.0.7", "10.0.0.8"),
            ("", "a"),
        ] {
            assert!(!covers(carried, host), "{carried} is not {host}");
        }
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named_with_its_setting() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let names = Names::OneOf(vec!["a".to_owned()]);
        for path in [here, "/nowhere/ca.pem".into()] {
            let tls = Tls { ca: path.clone(), client: None, names: names.clone() };
            let error = context(&tls, &Complaint::default()).err().expect("a refusal").to_string();
            assert!(error.contains("cql_tls_ca") && error.contains(&path.display().to_string()), "{error}");
        }
    }
}
