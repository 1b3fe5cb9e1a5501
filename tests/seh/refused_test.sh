#!/bin/sh
# What cannot work must not compile: __try in optimised code, in C and C++; the words that belong
# in filters and handlers outside of them.
#
# usage: refused_test.sh <include folder> <C compiler and arguments>, then -- and those of C++
set -eu

include=$1
shift
cc=
while [ "$1" != -- ]; do cc="$cc $1"; shift; done
shift
cxx=$*
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
flags="-I$include -fms-extensions -fshort-wchar -Wno-multichar -fsyntax-only"
failures=0

# compile <program> <c|cpp> <level and macros>: output into $scratch/log
# shellcheck disable=SC2086
compile() {
    language=$2 options=$3
    echo "$1" >"$scratch/program.$language"
    if [ "$language" = c ]; then compiler="$cc -std=gnu11"; else compiler="$cxx -std=gnu++20"; fi
    $compiler $flags $options "$scratch/program.$language" >"$scratch/log" 2>&1
}

# refused <program> <what> <message> <c|cpp> <options>
refused() {
    if compile "$1" "$4" "$5"; then
        echo "$2: compiles"
        failures=$((failures + 1))
    elif ! grep -q "$3" "$scratch/log"; then
        echo "$2: refused without saying '$3'"
        cat "$scratch/log"
        failures=$((failures + 1))
    else
        echo "$2: refused"
    fi
}

# accepted <program> <what> <c|cpp> <options>
accepted() {
    if compile "$1" "$3" "$4"; then
        echo "$2: compiles"
    else
        cat "$scratch/log"
        failures=$((failures + 1))
    fi
}

block='#include <wdm.h>
int f(int x);
int f(int x) { __try { x = 1; } __except (x) { x = GetExceptionCode(); } return x; }'
unused='#include <wdm.h>
int f(void);
int f(void) { return 1; }'
lower='#include <wdm.h>
int f(int x);
int f(int x) { try { x = 1; leave; } finally { x = 2; } return x; }'
code='#include <wdm.h>
int f(void);
int f(void) { return GetExceptionCode(); }'
information='#include <wdm.h>
int f(int x);
int f(int x) { __try { x = 1; } __except (1) { x = GetExceptionInformation() != 0; } return x; }'

for language in c cpp; do
    for level in -O1 -O2 -Os; do
        refused "$block" "$language $level" 'WDM_EMU_SEH_UNOPTIMIZED' $language $level
        accepted "$unused" "$language $level without __try" $language $level
        accepted "$block" "$language $level WDM_EMU_SEH_UNOPTIMIZED" $language \
            "$level -DWDM_EMU_SEH_UNOPTIMIZED"
    done
    accepted "$block" "$language -O0" $language -O0
    refused "$code" "$language GetExceptionCode anywhere" \
        'wdm_emu_exception\|negative' $language -O0
    refused "$information" "$language GetExceptionInformation in a handler" \
        wdm_emu_in_filter $language -O0
done
accepted "$lower" 'c lower-case words with -include warning.h' c '-O0 -include warning.h'
echo "$failures failures"
[ "$failures" -eq 0 ]
