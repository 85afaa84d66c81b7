# shellcheck shell=bash
# What a person reads: progress on stdout, failures on stderr with what to do.

say() { # NAME TEXT…
    printf '%-10s %s\n' "$1" "${*:2}"
}

fail() { # TEXT…
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Shows the end of a log before failing: the reason is nearly always there.
fail_with_log() { # LOG TEXT…
    printf -- '--- last lines of %s\n' "$1" >&2
    tail -n 25 -- "$1" >&2 || true
    printf -- '---\n' >&2
    fail "${*:2}"
}

# Milliseconds since the epoch.
now_ms() {
    local micros=${EPOCHREALTIME//[!0-9]/}
    printf '%s' "${micros%???}"
}

# Seconds with one decimal since a `now_ms`.
since() { # START_MS
    local ms=$(($(now_ms) - $1))
    printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# Waits for a condition, not for a time: true once COMMAND succeeds, false after SECONDS.
wait_until() { # SECONDS COMMAND…
    local end=$(($(now_ms) + $1 * 1000))
    shift
    until "$@"; do
        [[ $(now_ms) -lt $end ]] || return 1
        sleep 0.1
    done
}
