#!/usr/bin/env bash
# replay_test.sh <planted test> <rule> <times>: a token found in one process repeats the failure in
# that many others, each at addresses of its own.
set -euo pipefail
program=$1 rule=$2 times=$3

explored() { "$program" --no-skip '-tc=planted: explored' 2>&1 || true; }

token=$(explored | sed -n 's/^ *replay: EMU_REPLAY=//p' | head -n 1)
[ -n "$token" ] || { echo "no token was printed" && exit 1; }
export EMU_REPLAY=$token
same=0
for ((i = 0; i < times; i++)); do
    # not grep -q: it would leave while the program still writes
    if explored | grep "^==== wdm-emu: $rule:" >/dev/null; then
        same=$((same + 1))
    fi
done
echo "$token repeated $rule in $same of $times processes"
[ "$same" -eq "$times" ]
