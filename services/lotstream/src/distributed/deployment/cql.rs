//! The settings of the CQL store: where it is, who asks, and over which TLS.

use super::number;
use feed::service::config::addresses;
use lotstream_scylla::{Config, Consistency, Login, Names, Tls};
use telemetry::Settings;

/// Reads them.
pub(super) fn read(settings: &mut Settings) -> Config {
    let nodes = settings.or("cql", "127.0.0.1:9042".into(), "nodes such as `scylla-1:9042`", addresses);
    let keyspace = settings.or("keyspace", "lotstream".into(), "a keyspace", |text| Some(text.to_owned()));
    let replicas = settings.or("replicas", 3, "1 to 9 replicas", |text| number(text, 1, 9));
    let mut config = Config::new(&nodes, &keyspace);
    config.replication = format!("{{'class': 'NetworkTopologyStrategy', 'replication_factor': {replicas}}}");
    config.datacenter =
        settings.or("datacenter", String::new(), "a data centre", |text| Some(text.to_owned()));
    let choices = "`quorum`, `local_quorum`, or `one` where there is one replica";
    let quorum = |found: &Consistency| *found != Consistency::One || replicas == 1;
    config.consistency =
        settings.or("consistency", config.consistency, choices, |text| text.parse().ok().filter(quorum));
    config.login = login(settings);
    config.tls = tls(settings, &config.nodes);
    config
}

fn login(settings: &mut Settings) -> Option<Login> {
    let user = text(settings, "cql_user");
    let password = settings.secret("cql_password", "cql_password_file");
    if user.is_empty() && password.is_some() {
        settings.problem("cql_user: expected the user whose password is set, found none".to_owned());
    }
    (!user.is_empty()).then(|| Login { user, password: password.unwrap_or_default() })
}

fn tls(settings: &mut Settings, nodes: &[String]) -> Option<Tls> {
    let ca = text(settings, "cql_tls_ca");
    let [names, certificate, key] =
        ["cql_tls_names", "cql_tls_certificate", "cql_tls_key"].map(|key| text(settings, key));
    if certificate.is_empty() != key.is_empty() {
        let problem = "expected a certificate and its key, found one of the two";
        settings.problem(format!("cql_tls_certificate, cql_tls_key: {problem}"));
    }
    if ca.is_empty() {
        if !names.is_empty() || !certificate.is_empty() {
            let problem = "expected the CA that nodes' certificates are of, or `system`, where other settings of TLS are set; found none";
            settings.problem(format!("cql_tls_ca: {problem}"));
        }
        return None;
    }
    let client = (!certificate.is_empty()).then(|| (certificate.into(), key.into()));
    Some(Tls { ca: ca.into(), client, names: names_of(&names, nodes) })
}

/// What certificates must say: what is set, else the hosts that were asked for.
fn names_of(set: &str, nodes: &[String]) -> Names {
    if set == "any" {
        return Names::Any;
    }
    let hosts = nodes.iter().filter_map(|node| node.rsplit_once(':')).map(|(host, _)| host);
    let set = set.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<String> = set.map(str::to_owned).collect();
    let hosts = hosts.map(|host| host.trim_matches(['[', ']']).to_owned());
    Names::OneOf(if names.is_empty() { hosts.collect() } else { names })
}

fn text(settings: &mut Settings, key: &'static str) -> String {
    settings.or(key, String::new(), "a text", |text| Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(variables: &[(&str, &str)]) -> (Config, Result<(), String>) {
        let variables =
            variables.iter().map(|(key, value)| (format!("LOTSTREAM_{key}"), (*value).to_owned()));
        let mut settings = Settings::read(None, variables);
        let config = read(&mut settings);
        (config, settings.finish().map_err(|error| error.to_string()))
    }

    #[test]
    fn certificates_are_for_the_hosts_that_are_asked_unless_other_names_are_set() {
        let names = |set: &str| {
            let set =
                [("CQL", "scylla-1:9042, [::1]:9042"), ("CQL_TLS_CA", "/ca.pem"), ("CQL_TLS_NAMES", set)];
            read_with(&set).0.tls.map(|tls| tls.names)
        };
        let of = |names: &[&str]| Some(Names::OneOf(names.iter().map(|name| (*name).to_owned()).collect()));
        assert_eq!(names(""), of(&["scylla-1", "::1"]));
        assert_eq!(names("scylla.internal, 10.0.0.7"), of(&["scylla.internal", "10.0.0.7"]));
        assert_eq!(names("any"), Some(Names::Any));
        assert_eq!(read_with(&[]).0.tls, None);
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        for (set, expected) in [
            (&[("CQL_TLS_KEY", "/key.pem")][..], "cql_tls_certificate, cql_tls_key: expected a certificate"),
            (&[("CQL_TLS_NAMES", "a")], "cql_tls_ca: expected the CA"),
            (&[("CQL_PASSWORD", "s3cret")], "cql_user: expected the user"),
            (
                &[("CQL_USER", "u"), ("CQL_PASSWORD", "s3cret"), ("CQL_PASSWORD_FILE", "/x")],
                "expected `cql_password` or `cql_password_file`, found both",
            ),
            (&[("CQL_USER", "u"), ("CQL_PASSWORD_FILE", "/nowhere")], "/nowhere: expected a file"),
        ] {
            let told = read_with(set).1.unwrap_err();
            assert!(told.contains(expected) && !told.contains("s3cret"), "{told}");
        }
    }
}
