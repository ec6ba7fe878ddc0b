#!/usr/bin/env bash
# Installs what a step of the Makefile needs, once; says what it does. A second run only looks at stamps.
#
#   Tools/setup.sh build            the compiler's needs: Swift 6.3, SQLite's header
#   Tools/setup.sh encoder          the second stage's encoder, in .models
#   Tools/setup.sh encoder2b        the optional second encoder, in .models (a download of 91 MB; no other step needs it)
#   Tools/setup.sh models           also the embedded model server and its model, in .models/venv
#   Tools/setup.sh tests            also the end-to-end suites' packages, in .venv
#   Tools/setup.sh clients          also other people's clients that the suites drive, in .venv-clients
#   Tools/setup.sh spark            Apache Spark and a Java runtime for it, in .venv-spark (1 GB; no other step needs it)
#
# PYTHON=/path/to/python3 chooses another interpreter (3.11 to 3.13).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly GGUF_SHA256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
readonly SECOND_VENV=.models/second-encoder-venv
readonly MODEL_VENV=.models/venv ENCODER_VENV=.models/encoder-venv TEST_VENV=.venv CLIENT_VENV=.venv-clients SPARK_VENV=.venv-spark

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        fail "this needs root and there is no sudo; as root, run: $*"
    fi
}

# A stamp holds a hash of what the step was made from: it is redone when that changes, and not otherwise.
stamped() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }
digest() { cat "$@" | sha256sum | cut -c1-64; }

need_swift() {
    command -v swift >/dev/null 2>&1 || fail "no swift on the PATH; install Swift 6.3 or later (swift.org/install) first"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -1)
    set -- $version
    [ $(( ${1:-0} * 100 + ${2:-0} )) -ge 603 ] || fail "Swift 6.3 or later is needed; this is ${1:-unknown}.${2:-}"
}

need_debian_packages() {
    local missing=()
    [ -e /usr/include/sqlite3.h ] || missing+=(libsqlite3-dev)
    [ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
    [ -e /usr/include/expat.h ] || missing+=(libexpat1-dev)
    [ -e /usr/include/mimalloc.h ] || missing+=(libmimalloc-dev)
    command -v curl >/dev/null 2>&1 || missing+=(curl)
    # For the test that holds a link in a network of its own.
    command -v nft >/dev/null 2>&1 || [ -x /usr/sbin/nft ] || missing+=(nftables)
    command -v ip >/dev/null 2>&1 || [ -x /usr/sbin/ip ] || missing+=(iproute2)
    if [ -z "${PYTHON:-}" ]; then
        [ -x /usr/bin/python3 ] || missing+=(python3)
        /usr/bin/python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing+=(python3-venv)
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null 2>&1 || fail "missing: ${missing[*]} (Debian's names); install them with this system's package manager"
    say "installing ${missing[*]}"
    as_root apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

interpreter() { printf '%s' "${PYTHON:-/usr/bin/python3}"; }

# venv FOLDER REQUIREMENTS [PACKAGE]: a virtual environment with exactly these wheels; PACKAGE may be made from its source.
need_venv() {
    local folder=$1 requirements=$2 from_source=${3:-} want started=$SECONDS
    want="$(digest "$requirements") $("$(interpreter)" --version)"
    stamped "$folder/.stamp" "$want" && return 0
    say "installing the packages of $requirements into $folder (some seconds, up to 350 MB)"
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    "$(interpreter)" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: ${from_source:+--no-binary "$from_source"} --require-hashes \
        -r "$requirements" >&2 || fail "pip could not install $requirements; is a package index reachable?"
    printf '%s' "$want" >"$folder/.stamp"
    say "$folder is ready ($((SECONDS - started)) s)"
}

need_java() {
    local found
    found=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
    [ "${found:-0}" -lt 17 ] || return 0
    command -v apt-get >/dev/null 2>&1 || fail "a Java runtime of version 17 or later is needed; install it with this system's package manager"
    say "installing a Java runtime"
    as_root apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jre-headless >&2
}

need_model() {
    need_venv "$MODEL_VENV" Tools/requirements-models.txt
    local found
    found=$(find "$MODEL_VENV"/lib -name 'SmolLM2-135M-Instruct.Q4_1.gguf' -print -quit)
    [ -n "$found" ] || fail "the model's package holds no GGUF file; remove $MODEL_VENV and try again"
    if ! stamped .models/model.stamp "$GGUF_SHA256 $(stat -c '%s %Y' "$found")"; then
        say "checking the model file"
        [ "$(sha256sum "$found" | cut -c1-64)" = "$GGUF_SHA256" ] || fail "$found is not the file it should be (SHA-256 differs)"
        ln -sfn "$(realpath --relative-to=.models "$found")" .models/model.gguf
        printf '%s' "$GGUF_SHA256 $(stat -c '%s %Y' "$found")" >.models/model.stamp
    fi
}

need_encoder() {
    need_venv "$ENCODER_VENV" Tools/requirements-encoder.txt
    local site want
    site=$(echo "$ENCODER_VENV"/lib/python3.*/site-packages)
    want="$(digest Tools/make-encoder.py Tools/requirements-encoder.txt) $(stat -c '%s %Y' .models/encoder.sluice 2>/dev/null || true)"
    stamped .models/encoder.stamp "$want" && return 0
    say "writing the encoder's file"
    "$(interpreter)" Tools/make-encoder.py --site "$site" --out .models/encoder.sluice >&2 || fail "the encoder could not be written"
    printf '%s' "$(digest Tools/make-encoder.py Tools/requirements-encoder.txt) $(stat -c '%s %Y' .models/encoder.sluice)" >.models/encoder.stamp
}

need_second_encoder() {
    need_venv "$SECOND_VENV" Tools/requirements-second-encoder.txt
    local site want
    site=$(echo "$SECOND_VENV"/lib/python3.*/site-packages)
    want="$(digest Tools/make-second-encoder.py Tools/requirements-second-encoder.txt) $(stat -c '%s %Y' .models/encoder2b.sluice 2>/dev/null || true)"
    stamped .models/encoder2b.stamp "$want" && return 0
    say "writing the second encoder's file (some 10 s)"
    "$(interpreter)" Tools/make-second-encoder.py --site "$site" --out .models/encoder2b.sluice >&2 || fail "the second encoder could not be written"
    printf '%s' "$(digest Tools/make-second-encoder.py Tools/requirements-second-encoder.txt) $(stat -c '%s %Y' .models/encoder2b.sluice)" >.models/encoder2b.stamp
}

for part in "${@:-build}"; do
    case $part in
        build) need_swift; need_debian_packages ;;
        encoder) need_debian_packages; need_encoder ;;
        encoder2b) need_debian_packages; need_second_encoder ;;
        models) need_debian_packages; need_model ;;
        tests) need_debian_packages; need_venv "$TEST_VENV" Tools/requirements-tests.txt ;;
        clients) need_debian_packages; need_venv "$CLIENT_VENV" Tools/requirements-clients.txt ;;
        spark) need_debian_packages; need_java; need_venv "$SPARK_VENV" Tools/requirements-spark.txt pyspark ;;
        *) fail "unknown part '$part' (build, encoder, encoder2b, models, tests, clients, spark)" ;;
    esac
done
