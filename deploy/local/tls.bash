# shellcheck shell=bash
# Certificates and passwords for the guarded doors of Kafka and Cassandra: made here, for this machine, kept in
# $data/tls, and never committed. `down --wipe` of either server leaves them; deleting the folder makes new ones.

readonly tls=$data/tls
# Logins that Kafka is formatted with: partners, services and tools of the tests and of deploy/access.toml.
readonly kafka_users=(bookshop cinema purchases returns redemptions activities partner-cards adjustments ledger setup reader)

# One CA, one certificate of its for both servers, and a password for each login. Done once.
tls_prepare() {
    [[ ! -f $tls/complete ]] || return 0
    command -v openssl >/dev/null || fail "openssl was not found: apt-get install openssl"
    local user
    rm -rf -- "${tls:?}"
    (umask 077 && mkdir -p "$tls")
    tls_certificates >"$log/tls.log" 2>&1 || fail_with_log "$log/tls.log" "making certificates failed"
    for user in "${kafka_users[@]}"; do
        printf '%s=%s\n' "$user" "$(openssl rand -hex 16)"
    done | (umask 077 && cat >"$tls/passwords")
    touch "$tls/complete"
}

# One chain, as `set -e` does not count in what is called to be told apart.
tls_certificates() {
    local -a key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    (
        umask 077
        cd "$tls" &&
            openssl req -x509 "${key[@]}" -days 365 -subj "/CN=lotstream local CA" -keyout ca.key -out ca.pem &&
            openssl req "${key[@]}" -subj "/CN=lotstream local server" -keyout server.key -out server.csr &&
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -out server.pem \
                -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n') &&
            cat server.key server.pem ca.pem >keystore.pem # as Kafka and Cassandra read it
    )
}

# The password of a login.
password_of() { # USER
    sed -n "s/^$1=//p" "$tls/passwords"
}
