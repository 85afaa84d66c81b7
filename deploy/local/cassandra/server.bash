# shellcheck shell=bash
# Cassandra: one node, or one of several, standing in for ScyllaDB (same driver, same part of CQL). JMX stays off.

cassandra_version() { printf '5.0.5\n'; }
cassandra_port() { printf '%s' "${LOTSTREAM_CQL_PORT:-19042}"; }
cassandra_storage_port() { printf '%s' "${LOTSTREAM_CASSANDRA_STORAGE_PORT:-17000}"; }
cassandra_ports() { printf '%s %s' "$(cassandra_port)" "$(cassandra_storage_port)"; }

cassandra_fetch() { # TARGET
    maven_jars cassandra "$here/cassandra/pom.xml" "$1"
}

# Its place in the ring: even shares of 64 bits, by arithmetic that wraps.
cassandra_token() {
    if [[ $nodes -eq 1 ]]; then printf 0; else printf '%d' $(((node - 1) * (0x7fffffffffffffff / nodes * 2 + 1) + (1 << 63))); fi
}

# All are seeds, so that each can start alone.
cassandra_seeds() {
    local seed text=''
    for ((seed = 1; seed <= nodes; seed++)); do text+=,127.0.0.$seed:$(cassandra_storage_port); done
    printf '%s' "${text#,}"
}

cassandra_prepare() {
    render "$here/cassandra/cassandra.yaml" "$conf/cassandra/cassandra.yaml" \
        DATA "$data/cassandra" PORT "$(cassandra_port)" STORAGE_PORT "$(cassandra_storage_port)" HOST "$host" \
        ADVERTISED "$advertised" TOKEN "$(cassandra_token)" SEEDS "$(cassandra_seeds)"
    if [[ ${LOTSTREAM_CQL_GUARDED:-} == 1 ]]; then
        tls_prepare
        render "$here/cassandra/guarded.yaml" "$conf/cassandra/guarded.yaml" TLS "$tls"
        cat -- "$conf/cassandra/guarded.yaml" >>"$conf/cassandra/cassandra.yaml"
    fi
    grep -v '^#' "$here/cassandra/jvm17.options" >"$conf/cassandra/jvm17.options"
    cp -- "$here/cassandra/logback.xml" "$conf/cassandra/logback.xml"
}

cassandra_command() {
    local java
    local -a jamm=("$lib"/cassandra/jamm-*.jar)
    java=$(java_17)
    printf '%s\n' "$java" "-Xms${LOTSTREAM_CASSANDRA_HEAP:-2g}" "-Xmx${LOTSTREAM_CASSANDRA_HEAP:-2g}" "$(mark cassandra)" "-javaagent:${jamm[0]}" \
        "@$conf/cassandra/jvm17.options" \
        "-Dcassandra.config=file://$conf/cassandra/cassandra.yaml" "-Dcassandra.storagedir=$data/cassandra" \
        "-Dlogback.configurationFile=$conf/cassandra/logback.xml" \
        -Dcassandra.superuser_setup_delay_ms=0 \
        -Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=2000 -Dcassandra-foreground=yes -XX:+ExitOnOutOfMemoryError \
        -cp "$lib/cassandra/*" org.apache.cassandra.service.CassandraDaemon
}

# OPTIONS, protocol 4. Ready when the answer is SUPPORTED: version, flags, stream, opcode 06.
cassandra_answers() {
    local answer how=ask
    [[ ${LOTSTREAM_CQL_GUARDED:-} != 1 ]] || how=ask_over_tls
    answer=$("$how" "$(cassandra_port)" '\04\0\0\0\05\0\0\0\0' 5) || return 1
    [[ $answer == 8400000006 ]]
}
