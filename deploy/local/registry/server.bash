# shellcheck shell=bash
# Apicurio registry, for its Confluent API. Schemas are kept in a file: their ids are in Kafka's records.

registry_version() { printf '3.3.3\n'; }
registry_port() { printf '%s' "${LOTSTREAM_REGISTRY_PORT:-18081}"; }
registry_management_port() { printf '%s' "${LOTSTREAM_REGISTRY_MANAGEMENT_PORT:-18082}"; }
registry_ports() { printf '%s %s' "$(registry_port)" "$(registry_management_port)"; }

registry_fetch() { # TARGET
    local archive
    archive=apicurio-registry-app-$(registry_version)-all.tar.gz
    maven registry copy "-Dartifact=io.apicurio:apicurio-registry-app:$(registry_version):tar.gz:all" "-DoutputDirectory=$1"
    tar -xzf "$1/$archive" -C "$1"
    rm -- "$1/$archive"
}

registry_prepare() {
    java_21_or_later >/dev/null
}

registry_command() {
    local java
    java=$(java_21_or_later)
    printf '%s\n' "$java" "-Xmx${LOTSTREAM_REGISTRY_HEAP:-512m}" "$(mark registry)" \
        -Dquarkus.http.host=127.0.0.1 "-Dquarkus.http.port=$(registry_port)" \
        -Dquarkus.management.host=127.0.0.1 "-Dquarkus.management.port=$(registry_management_port)" \
        "-Dapicurio.datasource.url=jdbc:h2:file:$data/registry/schemas" "-Dapicurio.import.work-dir=$data/registry" \
        -Dquarkus.http.access-log.enabled=false \
        -jar "$lib/registry/quarkus-run.jar"
}

# Ready when the list of subjects is answered with HTTP 200 (the three digits after `HTTP/1.x `).
registry_answers() {
    local answer
    answer=$(ask "$(registry_port)" 'GET /apis/ccompat/v7/subjects HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' 12) || return 1
    [[ ${answer:18} == 323030 ]]
}
