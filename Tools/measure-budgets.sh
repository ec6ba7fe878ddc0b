#!/bin/sh
# Money under load: 1,000 calls on a budget for 100, unequal calls, aborted calls, and kill -9. Prints one closing line.
# usage: Tools/measure-budgets.sh [KILLS] [BINARY]
set -eu
cd "$(dirname "$0")/.."
kills=${1:-200}
binary=${2:-.build/release/sluice}
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
.venv/bin/python -m pytest -q EndToEnd/test_budgets.py --sluice "$binary" --kill-rounds "$kills" --figures "$figures"
.venv/bin/python - "$figures" <<'PY'
import json, sys
print("budgets: " + "; ".join(f"{f['name']} = {f['value']} {f['unit']}".strip() for f in map(json.loads, open(sys.argv[1]))))
PY
