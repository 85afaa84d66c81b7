//! Settings that are wrong, one at a time: what is started ends by itself, soon, not with 0, and says what to change.

use super::{Settings, settings, start};
use lotstream_tests::deployment::Deployment;
use lotstream_tests::own::OwnServers;
use lotstream_tests::service::Service;
use lotstream_tests::wait::{until, within};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A password that is nobody's.
pub(super) const WRONG: &str = "wrong-and-for-nobody-to-read";
/// How long a wrong setting may take to be told: one that could pass by itself is given ten seconds.
const BOUND: Duration = Duration::from_secs(40);

/// Makes a CA that nobody believes, and two certificates of our own CA: one for another host, one that has expired.
const CERTIFICATES: &str = r#"
set -euo pipefail
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=stranger" -keyout stranger.key -out stranger.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=fake" -keyout fake.key -out fake.csr
openssl x509 -req -in fake.csr -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -CAserial fake.srl -days 1 -out elsewhere.pem \
    -extfile <(printf 'subjectAltName=DNS:elsewhere.example\n')
touch index
echo 01 >serial
cat >ca.conf <<EOF
[ca]
default_ca=local
[local]
database=index
serial=serial
new_certs_dir=.
default_md=sha256
policy=any
x509_extensions=names
[any]
commonName=supplied
[names]
subjectAltName=IP:127.0.0.1,DNS:localhost
EOF
openssl ca -batch -config ca.conf -cert "$1/ca.pem" -keyfile "$1/ca.key" -in fake.csr -out expired.pem \
    -startdate 20200101000000Z -enddate 20200102000000Z -notext
"#;

/// A door that shows a certificate and has nothing behind it.
struct FakeDoor {
    door: Child,
    address: String,
}

impl FakeDoor {
    fn open(folder: &Path, certificate: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port").to_string();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", "-accept", &address, "-key", "fake.key", "-cert", certificate]);
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let door = command.spawn().unwrap_or_else(|error| panic!("openssl s_server: {error}"));
        until("a fake door to open", BOUND, || TcpStream::connect(&address).ok());
        Self { door, address }
    }
}

impl Drop for FakeDoor {
    fn drop(&mut self) {
        let _ = self.door.kill();
        let _ = self.door.wait();
    }
}

/// What is wrong, what is started, with which settings in place of good ones, and what it must say.
type Case = (&'static str, &'static str, Settings, &'static [&'static str]);

fn certificates(own: &OwnServers) -> PathBuf {
    let folder = own.folder().join("wrong");
    std::fs::create_dir_all(&folder).expect("a folder");
    let tls = own.ca().parent().map(Path::to_owned).unwrap_or_default();
    let made =
        Command::new("bash").args(["-c", CERTIFICATES, "bash"]).arg(&tls).current_dir(&folder).output();
    let made = made.unwrap_or_else(|error| panic!("bash: {error}"));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::write(folder.join("password"), WRONG).expect("a file");
    folder
}

/// Of Kafka, told by a feed service.
fn of_kafka(own: &OwnServers, wrong: &Path, doors: &[FakeDoor; 2]) -> Vec<Case> {
    let (ca, user) = (own.ca().display().to_string(), "sasl.username=purchases");
    let with = |protocol: &str, mechanism: &str, ca: &str| {
        let kafka =
            format!("security.protocol={protocol},sasl.mechanism={mechanism},{user},ssl.ca.location={ca}");
        vec![("KAFKA_SETTINGS", kafka)]
    };
    let scram = "SCRAM-SHA-512";
    let stranger = wrong.join("stranger.pem").display().to_string();
    let password = wrong.join("password").display().to_string();
    let open = own.servers.kafka.clone();
    vec![
        (
            "TLS at a door without",
            "purchases",
            [with("sasl_ssl", scram, &ca), vec![("KAFKA", open)]].concat(),
            &["does not let us in", "security.protocol must be"],
        ),
        (
            "another CA",
            "purchases",
            with("sasl_ssl", scram, &stranger),
            &["does not let us in", "certificate", "ssl.ca.location"],
        ),
        (
            "another host's certificate",
            "purchases",
            vec![("KAFKA", doors[0].address.clone())],
            &["does not let us in", "certificate", "for another name"],
        ),
        (
            "an expired certificate",
            "purchases",
            vec![("KAFKA", doors[1].address.clone())],
            &["does not let us in", "certificate", "expired"],
        ),
        (
            "a CA file that is not there",
            "purchases",
            with("sasl_ssl", scram, "/nowhere/ca.pem"),
            &["ssl.ca.location failed"],
        ),
        (
            "a wrong password",
            "purchases",
            vec![("KAFKA_PASSWORD_FILE", password)],
            &["does not let us in", "sasl.username=purchases", "check sasl.username and its password"],
        ),
        (
            "a mechanism that brokers do not have",
            "purchases",
            with("sasl_ssl", "PLAIN", &ca),
            &["does not let us in", "SCRAM-SHA-512", "set sasl.mechanism"],
        ),
        (
            "a mechanism that nobody has",
            "purchases",
            with("sasl_ssl", "CARRIER-PIGEON", &ca),
            &["CARRIER-PIGEON"],
        ),
    ]
}

/// Of the store, told by a ledger or by a tool.
fn of_the_store(wrong: &Path, door: &FakeDoor) -> Vec<Case> {
    let stranger = wrong.join("stranger.pem").display().to_string();
    let password = wrong.join("password").display().to_string();
    let set = |key: &'static str, value: &str| vec![(key, value.to_owned())];
    vec![
        (
            "no TLS at a store of TLS",
            "ledger",
            set("CQL_TLS_CA", ""),
            &["does not let us in", "set cql_tls_ca"],
        ),
        (
            "another CA of the store",
            "ledger",
            set("CQL_TLS_CA", &stranger),
            &["does not let us in", "certificate is not believed"],
        ),
        (
            "a store's certificate for others",
            "ledger",
            set("CQL_TLS_NAMES", "elsewhere.example"),
            &["does not let us in", "elsewhere.example", "found localhost, 127.0.0.1", "cql_tls_names"],
        ),
        (
            "a store's expired certificate",
            "ledger",
            set("CQL", &door.address),
            &["does not let us in", "expired"],
        ),
        (
            "a wrong password of the store",
            "ledger",
            set("CQL_PASSWORD_FILE", &password),
            &["does not let us in", "the login `ledger`", "cql_password_file"],
        ),
        (
            "no login at a store that wants one",
            "ledger",
            [set("CQL_USER", ""), set("CQL_PASSWORD_FILE", "")].concat(),
            &["it wants a login", "cql_user"],
        ),
    ]
}

/// A login that is good and may do nothing.
fn of_rights(own: &OwnServers) -> Vec<Case> {
    let stranger = settings(own, "cinema");
    let pick =
        |keys: &[&str]| stranger.iter().filter(|(key, _)| keys.contains(key)).cloned().collect::<Settings>();
    vec![
        (
            "no rights on Kafka",
            "purchases",
            pick(&["KAFKA_SETTINGS", "KAFKA_PASSWORD_FILE"]),
            &["Describe", "deploy/access.toml"],
        ),
        (
            "no rights in the store",
            "ledger",
            pick(&["CQL_USER", "CQL_PASSWORD_FILE"]),
            &["cinema", "permission", "deploy/access.toml"],
        ),
    ]
}

/// Starts all of them at once, beside services that go on; what they said.
pub(super) fn settings_are_refused(own: &OwnServers, deployment: &Deployment) -> Vec<String> {
    let wrong = certificates(own);
    let doors = [FakeDoor::open(&wrong, "elsewhere.pem"), FakeDoor::open(&wrong, "expired.pem")];
    let password = own.password("cinema");
    own.grant(&[format!("CREATE ROLE IF NOT EXISTS cinema WITH PASSWORD = '{password}' AND LOGIN = true")]);
    let cases = [of_kafka(own, &wrong, &doors), of_the_store(&wrong, &doors[1]), of_rights(own)].concat();
    let began = Instant::now();
    let started: Vec<(Service, Case)> = cases
        .into_iter()
        .map(|case| {
            let mut set = settings(own, case.1);
            set.retain(|(key, _)| !case.2.iter().any(|(other, _)| other == key));
            set.extend(case.2.clone());
            (start(deployment, case.1, &set), case)
        })
        .collect();
    let (mut said, mut wrong) = (Vec::new(), Vec::new());
    for (mut service, (what, _, _, says)) in started {
        let ended = within(BOUND, || service.ended());
        let told = service.said();
        let missing: Vec<&&str> = says.iter().filter(|words| !told.contains(**words)).collect();
        match ended {
            None => wrong.push(format!("{what}: expected an end within {BOUND:?}, it hangs:\n{told}")),
            Some(ended) if ended.success() => wrong.push(format!("{what}: it ended with {ended}:\n{told}")),
            Some(_) if !missing.is_empty() => {
                wrong.push(format!("{what}: expected {missing:?} in\n{told}"));
            }
            Some(ended) => {
                let last = told.lines().last().unwrap_or_default();
                println!("{what}, {:.1?}, {ended}: {last}", began.elapsed());
            }
        }
        said.push(told);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    said
}
