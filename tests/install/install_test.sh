#!/bin/sh
# Installs a built tree and compiles, links and runs a small driver with its test against it,
# through pkg-config alone: the driver as C11 and as C++20, shared and static.
#
# usage: install_test.sh <build folder> <scratch folder>; CC and CXX name the compilers.
set -eu

build=$1
scratch=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$scratch/destdir
: "${CC:=cc}" "${CXX:=c++}"

# The folder of the libraries is not known before: it depends on the system.
find_pkg_config_file() {
    file=$(find "$root" -name wdm-emu.pc)
    [ -n "$file" ] || { echo "no wdm-emu.pc was installed"; exit 1; }
    PKG_CONFIG_PATH=$(dirname "$file")
    export PKG_CONFIG_PATH
}

# What pkg-config says, as if the scratch folder were the root of the system.
flags() {
    pkg-config --define-variable=prefix="$root$(pkg-config --variable=prefix wdm-emu)" "$@" wdm-emu
}

# Words of the flags must fall apart: no quotes.
# shellcheck disable=SC2086
build_and_run() {
    what=$1 driver_compiler=$2 link_flags=$3
    cflags="$(flags --cflags) -Wall -Wextra -Werror"
    echo "--- $what"
    $driver_compiler $cflags -c "$here/driver.c" -o "$scratch/driver.o"
    $CXX -std=c++20 $cflags -c "$here/driver_test.cpp" -o "$scratch/driver_test.o"
    $CXX "$scratch/driver.o" "$scratch/driver_test.o" $link_flags -o "$scratch/driver_test"
    LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH") "$scratch/driver_test"
}

# The commands of docs/exploring.md, with the folders of this test.
# shellcheck disable=SC2086
build_driver_image() {
    cflags="$(flags --cflags) -Wall -Wextra -Werror"
    echo "--- driver as an image of its own"
    $CC $cflags -shared -fPIC "$here/../images/driver.c" "$(flags --variable=driver_image)" \
        $shared -Wl,-z,defs -Wl,-Bsymbolic -o "$scratch/libdriver.so"
    $CXX -std=c++20 $cflags -fPIC "$here/image_test.cpp" "$scratch/libdriver.so" $shared \
        -o "$scratch/image_test"
    LD_LIBRARY_PATH=$scratch:$(dirname "$PKG_CONFIG_PATH") "$scratch/image_test"
}

rm -rf "$scratch"
mkdir -p "$scratch"
meson install -C "$build" --destdir "$root" --no-rebuild --quiet
find_pkg_config_file

shared=$(flags --libs)
static=$(flags --libs --static | sed 's/-lwdm-emu/-l:libwdm-emu.a/')
build_and_run "driver in C11, shared library" "$CC -std=c11" "$shared"
build_and_run "driver in C++20, shared library" "$CXX -std=c++20 -x c++" "$shared"
build_and_run "driver in C11, static library" "$CC -std=c11" "$static"
build_driver_image
