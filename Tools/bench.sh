#!/usr/bin/env bash
# Measures the gateway, everything on, side by side with nginx and LiteLLM, with the bench kit (SLUICE_BENCH, default ../shared/bench).
#
#   make bench                     a full run (tens of minutes on a quiet machine); the table goes to .bench/table.md
#   BENCH_ARGS='--rounds 1 --secs 2 --rate-secs 1 --skip s2000,hold,starts' make bench      a quick look
#   LITELLM=0 make bench           without LiteLLM (its packages are 1 GB and take minutes to install)
set -euo pipefail
cd "$(dirname "$0")/.."

kit=$(realpath -m "${SLUICE_BENCH:-../shared/bench}")
work=$PWD/.bench
python=/usr/bin/python3
say() { printf 'bench: %s\n' "$*" >&2; }

if [ ! -x "$kit/compare.sh" ] && [ ! -f "$kit/compare.sh" ]; then
    echo "bench: skipped: no bench kit at $kit (set SLUICE_BENCH)"
    exit 0
fi
mkdir -p "$work"

missing=()
for program in nginx wrk cc; do command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || missing+=("$program"); done
if [ ${#missing[@]} -gt 0 ]; then
    say "installing ${missing[*]}"
    packages=("${missing[@]/#cc/gcc libc6-dev}")
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages[*]} >&2
    else
        sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages[*]} >&2
    fi
fi

peers=direct,nginx litellm=()
if [ "${LITELLM:-1}" != 0 ]; then
    if [ ! -x "$work/litellm/bin/litellm" ]; then
        say "installing LiteLLM into .bench/litellm (minutes)"
        "$python" -m venv "$work/litellm"
        "$work/litellm/bin/pip" install -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r Tools/requirements-bench.txt >&2
    fi
    peers+=,litellm litellm=(--litellm "$work/litellm/bin/litellm")
fi

# A deployment of its own, with everything on that is on by default.
rm -rf "$work/var"
printf 'bench:sk-bench\n' >"$work/keys"
chmod 600 "$work/keys"
cat >"$work/sluice.yaml" <<YAML
listen: 127.0.0.1:8080
var: $work/var
classifier: $PWD/Models/stage1.sluice
constitution: built-in
ledger: {durability: process}
admin: {socket: $work/var/admin.sock}
keys_file: $work/keys
models:
  - {name: mock-1, dialect: openai, upstream: "http://127.0.0.1:9100", upstream_model: mock-1}
YAML

say "measuring (kit: $kit)"
# shellcheck disable=SC2086
bash "$kit/compare.sh" --name sluice --start "$PWD/.build/release/sluice serve --config $work/sluice.yaml" \
    --base http://127.0.0.1:8080 --key sk-bench --model mock-1 --peers "$peers" "${litellm[@]}" \
    --json "$work/raw.json" ${BENCH_ARGS:-} | tee "$work/table.md"
{
    echo
    echo "Conditions: $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(. /etc/os-release && echo "$PRETTY_NAME"),"
    echo "$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9.]+' | head -1), commit $(git rev-parse --short HEAD), arguments: ${BENCH_ARGS:-none};"
    echo "safeguards, access and ledger on (durability: process); the peers judge and record nothing."
} >>"$work/table.md"
say "the table is in .bench/table.md"
"$python" Tools/bench-goals.py "$work/raw.json"
