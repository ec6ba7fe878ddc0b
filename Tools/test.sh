#!/usr/bin/env bash
# Everything that must hold before a change lands, in its short seeded form. Ends with one line of counts; fails if anything failed.
#
#   SLUICE_SEED=n      another seed for the end-to-end suites
#   ONLY=format|unit|end-to-end   one part alone
#   WORKERS=n          workers of the end-to-end suites (4)
set -uo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MAKEOVERRIDES MFLAGS UPSTREAM UPSTREAM_KEY UPSTREAM_DIALECT MODEL

readonly LOGS=.build/test-logs
# The Makefile's: its comment says why each.
FLAGS=(-c release -Xswiftc -enable-testing -Xswiftc -enforce-exclusivity=unchecked)
passed=0 failed=0 skipped=0 wrong=()
mkdir -p "$LOGS"

step() { printf '\n== %s (%d s since the start)\n' "$1" "$SECONDS"; }
wants() { [ -z "${ONLY:-}" ] || [ "$ONLY" = "$1" ]; }
# names TEXT: what failed, a name a line, to be told at the very end.
names() { local each; while read -r each; do [ -z "$each" ] || wrong+=("$each"); done <<<"$1"; }
count() { passed=$((passed + ${1:-0})) failed=$((failed + ${2:-0})) skipped=$((skipped + ${3:-0})); }

# pick NAME FILE: the number before a word in pytest's closing line.
pick() { tail -n 1 "$2" | grep -oE "[0-9]+ $1" | head -1 | cut -d' ' -f1; }

finish() {
    [ ${#wrong[@]} = 0 ] || printf '\nfailed: %s' "${wrong[@]}"
    printf '\n\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}

build() {
    step "build"
    # The same flags everywhere: `make up`, the tests and the benches share one build.
    if ! swift build "${FLAGS[@]}" --build-tests 2>&1 | tee "$LOGS/build.log"; then
        names "the build"; count 0 1; return 1
    fi
    local warnings
    warnings=$(grep -E "^$PWD/(Sources|Tests)/.*: warning:" "$LOGS/build.log" | sort -u)
    if [ -n "$warnings" ]; then
        names "$warnings"; names "our own code must build without warnings"; count 0 1
    fi
}

format() { exec nice swift format lint --strict --parallel -r Sources Tests Package.swift >"$LOGS/format.log" 2>&1; }

# The tests' program itself: `swift test` would look at the whole package again, and have the next build do so too.
unit() { exec nice .build/release/*PackageTests.xctest --testing-library swift-testing >"$LOGS/unit.log" 2>&1; }

# told_format CODE, told_unit CODE: what came of what ran beside.
told_format() {
    step "format"
    cat "$LOGS/format.log"
    if [ "$1" = 0 ]; then echo "clean"; count 1 0; else names "format: $(head -1 "$LOGS/format.log")"; count 0 1; fi
}

told_unit() {
    step "unit tests"
    local code=$1 line ran bad
    grep -vE '^(◇|✔ (Test|Suite) )' "$LOGS/unit.log"
    line=$(grep -E 'Test run with [0-9]+ tests?' "$LOGS/unit.log" | tail -1)
    ran=$(sed -nE 's/.*Test run with ([0-9]+) tests?.*/\1/p' <<<"$line")
    bad=$(grep -E '^✘ Test .* failed after' "$LOGS/unit.log" | grep -cvE '^✘ Test run with ')
    names "$(grep -E '^✘ Test .* failed after' "$LOGS/unit.log" | grep -vE '^✘ Test run with ')"
    if [ "$code" != 0 ] && [ "$bad" = 0 ]; then names "the unit tests' program ended with $code"; bad=1; fi
    # A program that broke off has no closing line.
    count $((${ran:-$bad} - bad)) "$bad"
}

# tally CODE LOG: adds one pytest run's closing line.
tally() {
    local bad errors
    bad=$(pick failed "$2") errors=$(pick error "$2")
    bad=$((${bad:-0} + ${errors:-0}))
    names "$(grep -E '^(FAILED|ERROR) ' "$2" | sort -u)"
    if [ "$1" != 0 ] && [ "$bad" = 0 ]; then names "the end-to-end suites ended with $1"; bad=1; fi
    count "$(pick passed "$2")" "$bad" "$(pick skipped "$2")"
}

end_to_end() {
    step "end to end"
    # Four workers on two cores: half of its time a test waits. A suite stays on one, and shares its servers.
    pytest=(.venv/bin/python -m pytest --seed "${SLUICE_SEED:-1}")
    local code=0
    "${pytest[@]}" -n "${WORKERS:-4}" --dist loadfile --no-loadscope-reorder EndToEnd 2>&1 | tee "$LOGS/end-to-end.log"
    code=${PIPESTATUS[0]}
    second_look "$code" "$LOGS/end-to-end.log"
}

# second_look CODE LOG: a few tests that failed beside others run once more, alone, and say so; what fails then has failed.
second_look() {
    local again=() code=0
    mapfile -t again < <(sed -nE 's/^(FAILED|ERROR) (EndToEnd[^ ]*::.*)$/\2/p' "$2" | sed 's/ - .*//' | sort -u)
    if [ "$1" != 1 ] || [ ${#again[@]} = 0 ] || [ ${#again[@]} -gt 8 ]; then tally "$1" "$2"; return; fi
    echo "once more, alone: ${again[*]}"
    "${pytest[@]}" "${again[@]}" 2>&1 | tee "$LOGS/again.log"
    code=${PIPESTATUS[0]}
    count "$(pick passed "$2")" 0 "$(pick skipped "$2")"
    tally "$code" "$LOGS/again.log"
}

Tools/setup.sh build encoder models tests clients || { names "setting up"; count 0 1; finish; }
if wants unit || wants end-to-end; then build || finish; fi
# Beside the end-to-end suites, which wait now and then, and which go first where both want to work.
beside=()
trap 'kill "${beside[@]}" 2>/dev/null' EXIT
if wants format; then format & beside+=($!); fi
if wants unit; then unit & beside+=($!); fi
! wants end-to-end || end_to_end
if wants format; then wait "${beside[0]}"; told_format $?; fi
if wants unit; then wait "${beside[-1]}"; told_unit $?; fi
finish
