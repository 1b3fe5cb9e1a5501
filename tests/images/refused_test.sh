#!/bin/sh
# usage: refused_test.sh <program> <part of the sentence>: the program must be refused with it.
code=0
output=$("$1" 2>&1) || code=$?
echo "$output"
[ "$code" -eq 86 ] || { echo "exit code $code, not 86"; exit 1; }
case $output in
    *"$2"*) ;;
    *) echo "not said: $2"; exit 1 ;;
esac
