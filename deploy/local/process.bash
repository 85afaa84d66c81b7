# shellcheck shell=bash
# Starting, finding and stopping our processes. A process is ours when its command line carries the mark of this
# folder; a pid file alone is never believed.

mark() { # NAME
    printf '%s' "-Dlotstream.server=$folder/$1"
}

pid_of() { # NAME
    cat -- "$run/$1.pid" 2>/dev/null || true
}

running() { # NAME
    local pid
    pid=$(pid_of "$1")
    [[ $pid =~ ^[0-9]+$ ]] && grep -qzxF -e "$(mark "$1")" "/proc/$pid/cmdline" 2>/dev/null
}

not_running() { # NAME
    ! running "$1"
}

# Starts one server. Its `NAME_prepare` writes the configuration, its `NAME_command` prints the command, one word a line.
start() { # NAME
    local name=$1 port words
    local -a command
    # A process that was just killed lets go of its ports a moment after it has lost its command line.
    for port in $("${name}_ports"); do
        wait_until 5 port_free "$port" || fail "port $port, wanted by $name, is taken by another process: stop that one, or choose a port (see --help)"
    done
    mkdir -p "$data/$name" "$conf/$name"
    "${name}_prepare"
    words=$("${name}_command")
    mapfile -t command <<<"$words"
    [[ ! -f $log/$name.log ]] || mv -- "$log/$name.log" "$log/$name.log.1"
    now_ms >"$run/$name.began"
    (cd "$data/$name" && exec setsid "${command[@]}" </dev/null >"$log/$name.log" 2>&1 9>&-) &
    printf '%s\n' "$!" >"$run/$name.pid"
    wait_until 5 running "$name" || fail_with_log "$log/$name.log" "$name did not start"
    say "$name" "starting on $host:$("${name}_port") (pid $(pid_of "$name"))"
}

# Waits until the server answers in its own protocol, or has died, or the deadline has passed.
await() { # NAME
    local name=$1
    wait_until "$deadline" answers_or_died "$name" ||
        fail_with_log "$log/$name.log" "$name runs (pid $(pid_of "$name")) but has not answered on port $("${name}_port") for $deadline s: see $log/$name.log, then \`servers down $name\`"
    running "$name" ||
        fail_with_log "$log/$name.log" "$name ended while starting: see $log/$name.log; if its data is damaged, \`servers down --wipe $name\`"
    if [[ -f $run/$name.began ]]; then
        say "$name" "answers, $(since "$(<"$run/$name.began")") after its start (pid $(pid_of "$name"))"
        rm -f -- "$run/$name.began"
    else
        say "$name" "already running (pid $(pid_of "$name"))"
    fi
}

answers_or_died() { # NAME
    not_running "$1" || "${1}_answers"
}

# A paused process (SIGSTOP, as fault tests do) gets its SIGTERM only once it goes on.
stop() { # NAME
    local name=$1 pid began
    if not_running "$name"; then
        rm -f -- "$run/$name.pid" "$run/$name.began"
        say "$name" "not running"
        return
    fi
    pid=$(pid_of "$name")
    began=$(now_ms)
    kill -TERM "$pid" 2>/dev/null || true
    kill -CONT "$pid" 2>/dev/null || true
    if ! wait_until "$deadline" not_running "$name"; then
        say "$name" "did not stop within $deadline s, killing it"
        kill -KILL "$pid" 2>/dev/null || true
        wait_until 10 not_running "$name" || fail "$name (pid $pid) survives SIGKILL"
    fi
    rm -f -- "$run/$name.pid" "$run/$name.began"
    say "$name" "stopped in $(since "$began")"
}

paused() { # NAME
    local pid
    pid=$(pid_of "$1")
    [[ $(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null) == T ]]
}

resume() { # NAME
    if paused "$1"; then
        kill -CONT "$(pid_of "$1")"
        say "$1" "was paused, goes on"
    fi
}

state_of() { # NAME
    local name=$1
    if not_running "$name"; then
        if port_open "$("${name}_port")"; then printf 'stopped; another process has the port'; else printf 'stopped'; fi
    elif paused "$name"; then
        printf 'paused (pid %s)' "$(pid_of "$name")"
    elif "${name}_answers"; then
        printf 'answers (pid %s)' "$(pid_of "$name")"
    else
        printf 'runs but does not answer (pid %s)' "$(pid_of "$name")"
    fi
}
