# shellcheck shell=bash
# Kafka: one node, broker and controller in one (KRaft); or one of several such.

readonly kafka_cluster=bG90c3RyZWFtLWxvY2FsMQ # any base64 of 16 bytes; always the same, so data outlives the jars

kafka_version() { printf '4.1.0\n'; }
kafka_port() { printf '%s' "${LOTSTREAM_KAFKA_PORT:-19092}"; }
kafka_controller_port() { printf '%s' "${LOTSTREAM_KAFKA_CONTROLLER_PORT:-19093}"; }
kafka_internal_port() { printf '%s' "${LOTSTREAM_KAFKA_INTERNAL_PORT:-19094}"; }
kafka_ports() {
    printf '%s %s' "$(kafka_port)" "$(kafka_controller_port) ${LOTSTREAM_KAFKA_SASL_PORT:-}"
    [[ $nodes -eq 1 ]] || printf ' %s' "$(kafka_internal_port)"
}

# The controllers of a cluster, N@HOST:PORT of each.
kafka_voters() {
    local voter text=''
    for ((voter = 1; voter <= nodes; voter++)); do text+=,$voter@127.0.0.$voter:$(kafka_controller_port); done
    printf '%s' "${text#,}"
}

kafka_fetch() { # TARGET
    maven_jars kafka "$here/kafka/pom.xml" "$1"
}

kafka_prepare() {
    local java user
    local -a first=(--standalone) logins=()
    render "$here/kafka/kafka.properties" "$conf/kafka/kafka.properties" \
        DATA "$data/kafka" PORT "$(kafka_port)" CONTROLLER_PORT "$(kafka_controller_port)"
    if [[ -n ${LOTSTREAM_KAFKA_SASL_PORT:-} ]]; then
        tls_prepare
        render "$here/kafka/guarded.properties" "$conf/kafka/guarded.properties" TLS "$tls" \
            PORT "$(kafka_port)" CONTROLLER_PORT "$(kafka_controller_port)" SASL_PORT "$LOTSTREAM_KAFKA_SASL_PORT"
        cat -- "$conf/kafka/guarded.properties" >>"$conf/kafka/kafka.properties" # of two lines, the later counts
    fi
    if [[ $nodes -gt 1 ]]; then
        render "$here/kafka/cluster.properties" "$conf/kafka/cluster.properties" NODE "$node" NODES "$nodes" HOST "$host" \
            ADVERTISED "$advertised" PORT "$(kafka_port)" CONTROLLER_PORT "$(kafka_controller_port)" \
            INTERNAL_PORT "$(kafka_internal_port)" VOTERS "$(kafka_voters)"
        cat -- "$conf/kafka/cluster.properties" >>"$conf/kafka/kafka.properties"
        first=()
    fi
    cp -- "$here/kafka/log4j2.xml" "$conf/kafka/log4j2.xml"
    [[ ! -f $data/kafka/meta.properties ]] || return 0
    say kafka "formatting its storage"
    if [[ -n ${LOTSTREAM_KAFKA_SASL_PORT:-} ]]; then
        for user in "${kafka_users[@]}"; do
            logins+=(--add-scram "SCRAM-SHA-512=[name=$user,password=$(password_of "$user")]")
        done
    fi
    java=$(java_17_or_later)
    if ! "$java" -Xmx256m "-Dlog4j2.configurationFile=$conf/kafka/log4j2.xml" -cp "$lib/kafka/*" kafka.tools.StorageTool format \
        "${first[@]}" -t "$kafka_cluster" -c "$conf/kafka/kafka.properties" "${logins[@]}" >"$log/kafka.format.log" 2>&1; then
        rm -rf -- "${data:?}/kafka"
        fail_with_log "$log/kafka.format.log" "formatting the storage of kafka failed"
    fi
}

kafka_command() {
    local java
    java=$(java_17_or_later)
    printf '%s\n' "$java" "-Xms${LOTSTREAM_KAFKA_HEAP:-1g}" "-Xmx${LOTSTREAM_KAFKA_HEAP:-1g}" "$(mark kafka)" \
        "-Dlog4j2.configurationFile=$conf/kafka/log4j2.xml" -Djava.awt.headless=true \
        -cp "$lib/kafka/*" kafka.Kafka "$conf/kafka/kafka.properties"
}

# Metadata, version 1, of no topic. Ready when the cluster lists its broker, which it does only once it is unfenced:
# length, correlation id 1, number of brokers: one at least, as of a cluster others may be down.
kafka_answers() {
    local answer
    answer=$(ask "$(kafka_port)" '\0\0\0\016\0\03\0\01\0\0\0\01\377\377\0\0\0\0' 12) || return 1
    [[ ${answer:8} =~ ^000000010000000[1-9]$ ]]
}
