# shellcheck shell=bash
# Asking a server on loopback, with bash alone: readiness is an answer in the server's own protocol.

readonly ask_seconds=2

port_open() { # PORT
    timeout "$ask_seconds" bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$host" "$1" 2>/dev/null
}

port_free() { # PORT
    ! port_open "$1"
}

# Sends REQUEST (with printf's escapes) and prints the first BYTES of the answer as hexadecimal digits.
ask() { # PORT REQUEST BYTES
    # shellcheck disable=SC2016
    timeout "$ask_seconds" bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "$3" >&3 && head -c "$4" <&3' _ "$host" "$@" 2>/dev/null |
        od -An -v -tx1 | tr -d ' \n'
}

# The same over TLS, of a server whose certificate is of our CA ($tls). The client goes on listening after the answer, and
# is ended.
ask_over_tls() { # PORT REQUEST BYTES
    # shellcheck disable=SC2059
    { printf "$2" | timeout 1 openssl s_client -quiet -verify_return_error -CAfile "$tls/ca.pem" \
        -connect "127.0.0.1:$1" 2>/dev/null || true; } | head -c "$3" | od -An -v -tx1 | tr -d ' \n'
}

# Fills a template: each pair KEY VALUE replaces @KEY@.
render() { # TEMPLATE TARGET [KEY VALUE]…
    local text target=$2
    text=$(<"$1")
    shift 2
    while [[ $# -gt 0 ]]; do
        text=${text//"@$1@"/"$2"}
        shift 2
    done
    printf '%s\n' "$text" >"$target"
}
