# Turns the figures of scripts/bench.sh (lines of key, program, value) into a table on standard output and a JSON file.

{
    value[$1, $2] = $3
    if ($1 ~ /^calls\./) {
        value["calls", $2] += $3
        if (!($1 in known)) { known[$1] = 1; call[++calls] = $1 }
    }
}

END {
    measured = split(programs, program, " ")
    compared = programs ~ /oriel/
    printf "%-34s %12s %12s %12s %9s   %s\n", "per forwarded frame, main thread", "C, bare", "C client", "oriel", "oriel/C", "target"
    row("instructions", "instructions", 1, 0, "ratio", 1.25, "at most 1.25 x")
    row("calls", "system calls", 1, 2, "more", 0, "none more than the C client's")
    sort_calls()
    for (i = 1; i <= calls; i++) row(call[i], "  " substr(call[i], 7), 1, 2)
    row("messages.1", "requests", 1, 2)
    row("messages.2", "events", 1, 2)
    row("allocations", "heap allocations", 1, 2, "more", 0, "none more: libwayland's own only")
    print ""
    printf "%-34s %12s %12s %12s %9s   %s\n", "per run", "C, bare", "C client", "oriel", "oriel/C", "target"
    row("start", "launch to first frame, ms", 1e6, 2, "ratio", 2, "at most 2 x")
    row("whole", "launch to exit with 1 frame, ms", 1e6, 2)
    row("resident." small, "resident MB, pictures of " small, 1e6, 2, "below", 15, "at most 15 MB")
    row("resident." size, "resident MB, pictures of " size, 1e6, 2)
    print ""
    if (("recorded.calls", "view") in value) {
        printf "%-34s %12s %12s %12s %9s   %s\n", "per frame, main thread", "", "oriel view", "oriel measure", "more", "target"
        recorded("recorded.calls", "system calls", "none more")
        recorded("recorded.allocations", "heap allocations", "none more")
        print ""
    }
    print "The last line of the second table includes the guest's three pictures, which are in the same process here. «C, bare» has neither cursor nor feedback."
    sub(/,$/, "", members)
    printf "{\n  \"frames\": [%d, %d], \"size\": \"%s\", \"rate\": %d,\n  \"figures\": {%s\n  }\n}\n", few, frames, size, rate, members >json
    print "Written to .build/bench/results.json."
}

# Prints one row of the table and adds one member to the JSON, which has whole units (instructions, calls, nanoseconds, bytes).
function row(key, label, unit, digits, rule, limit, target, i, name, ratio, more, verdict, member) {
    printf "%-34s", label
    for (i = 1; i <= 3; i++) {
        name = i == 1 ? "bare" : i == 2 ? "client" : "oriel"
        if ((key, name) in value) {
            printf " %12s", sprintf("%." digits "f", value[key, name] / unit)
            member = member sprintf("\"%s\": %s, ", name, plain(value[key, name]))
        } else if (key ~ /^calls\./ && (i < 3 || compared)) {
            printf " %12s", sprintf("%." digits "f", 0)
            member = member sprintf("\"%s\": 0, ", name)
        } else {
            printf " %12s", "-"
        }
    }
    verdict = ""
    if (((key, "oriel") in value) && value[key, "client"] > 0) {
        ratio = value[key, "oriel"] / value[key, "client"]
        more = value[key, "oriel"] - value[key, "client"]
        printf " %9.2f", ratio
        member = member sprintf("\"ratio\": %.3f, ", ratio)
        # A twentieth of a call is noise, from wake-ups that happen to coincide or not.
        if (rule == "ratio") verdict = ratio <= limit ? "reached: " : "MISSED: "
        if (rule == "more") verdict = more <= limit + 0.05 ? "reached: " : "MISSED: "
        if (rule == "below") verdict = value[key, "oriel"] / unit <= limit ? "reached: " : "MISSED: "
    } else {
        printf " %9s", "-"
    }
    printf "   %s%s\n", verdict, target
    sub(/, $/, "", member)
    members = members sprintf("\n    \"%s\": {%s%s},", key, member, target == "" ? "" : sprintf("%s\"target\": \"%s\"", member == "" ? "" : ", ", target))
}

# Prints what the recorder adds to a frame.
function recorded(key, label, target, more) {
    more = value[key, "measure"] - value[key, "view"]
    # Wake-ups coincide or not, and the once-a-second work depends a little on how much there is.
    printf "%-34s %12s %12.2f %12.2f %9.2f   %s%s\n", label, "", value[key, "view"], value[key, "measure"], more,
        more <= 0.2 ? "reached: " : "MISSED: ", target
    members = members sprintf("\n    \"%s\": {\"view\": %s, \"measure\": %s, \"target\": \"%s\"},", key, plain(value[key, "view"]),
        plain(value[key, "measure"]), target)
}

function plain(number) { return number == int(number) ? sprintf("%.0f", number) : sprintf("%.3f", number) }

function sort_calls(i, j, kept) {
    for (i = 2; i <= calls; i++) {
        kept = call[i]
        for (j = i - 1; j >= 1 && weight(call[j]) < weight(kept); j--) call[j + 1] = call[j]
        call[j + 1] = kept
    }
}

function weight(key) { return at(key, "client") + at(key, "oriel") + at(key, "bare") }

function at(key, name) { return (key, name) in value ? value[key, name] : 0 }
