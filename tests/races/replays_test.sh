#!/usr/bin/env bash
# replays_test.sh <race test> <times>: each process finds the race, with a seed of its own, and
# another process repeats it from the token.
set -euo pipefail
program=$1 times=$2

explored() { "$program" --no-skip '-tc=races: explored' 2>&1 || true; }
races() { grep -c '^==== wdm-emu: data_race:' || true; }

for ((seed = 1; seed <= times; seed++)); do
    output=$(EMU_OPTIONS=seed=$seed explored)
    token=$(sed -n 's/^ *replay: EMU_REPLAY=//p' <<<"$output" | head -n 1)
    [ -n "$token" ] || { echo "seed $seed: no token was printed: $output" && exit 1; }
    [ "$(races <<<"$output")" -eq 1 ] || { echo "seed $seed: no data_race: $output" && exit 1; }
    again=$(EMU_REPLAY=$token explored | races)
    [ "$again" -eq 1 ] || { echo "seed $seed: $token did not repeat the race" && exit 1; }
done
echo "$times processes found the race, $times others repeated it"
