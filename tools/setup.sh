#!/bin/sh
# Finds what a make target needs. Where root runs it, it installs what is missing from Debian's packages.
#
# usage: tools/setup.sh GROUP...      GROUP: build, bench, test, lint, gdb, soak, zh (pictures in
#                                     Chinese), or all, which also says that nothing is missing
#
# For anybody else, and where there is no apt-get, it prints the one command to run and stops with status 1.
# PYTHON names the interpreter that must have the Python packages.
set -eu

PYTHON=${PYTHON:-/usr/bin/python3}

# What each group needs: a test of one word, what it tests, and the Debian package that brings it.
#   cmd NAME      a command on the path
#   file PATH     a file
#   py MODULE     a module that $PYTHON can import
needs() {
    case $1 in
    build) cat <<-LIST
		cmd riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf
		cmd qemu-system-riscv64 qemu-system-misc
		file /usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin opensbi
		cmd gcc gcc
		file /usr/include/stdio.h libc6-dev
		file $PYTHON python3
		LIST
        ;;
    bench) cat <<-LIST
		cmd gnuplot gnuplot-nox
		py matplotlib python3-matplotlib
		py rich python3-rich
		py jinja2 python3-jinja2
		py markdown python3-markdown
		py jsonschema python3-jsonschema
		py numpy python3-numpy
		LIST
        ;;
    test) cat <<-LIST
		file /usr/include/cmocka.h libcmocka-dev
		py pytest python3-pytest
		py xdist python3-pytest-xdist
		py tap python3-tap
		py pexpect python3-pexpect
		py scipy python3-scipy
		file /usr/share/benchmark/compare.py libbenchmark-tools
		LIST
        ;;
    lint) cat <<-LIST
		cmd black black
		cmd isort isort
		cmd mypy mypy
		cmd clang-format clang-format
		cmd shellcheck shellcheck
		cmd codespell codespell
		LIST
        ;;
    gdb) cat <<-LIST
		cmd gdb-multiarch gdb-multiarch
		LIST
        ;;
    soak) cat <<-LIST
		py rich python3-rich
		LIST
        ;;
    zh) cat <<-LIST
		file /usr/share/fonts/truetype/wqy/wqy-microhei.ttc fonts-wqy-microhei
		LIST
        ;;
    *)
        echo "setup: unknown group '$1' (build, bench, test, lint, gdb, soak, zh, all)" >&2
        exit 2
        ;;
    esac
}

say_all=false
if [ "$*" = all ]; then
    say_all=true
    set -- build bench test lint gdb soak zh
fi

have() {
    case $1 in
    cmd) command -v "$2" >/dev/null 2>&1 ;;
    file) [ -e "$2" ] ;;
    py) "$PYTHON" -c "import importlib.util as u, sys; sys.exit(u.find_spec('$2') is None)" 2>/dev/null ;;
    esac
}

missing=
for group in "$@"; do
    list=$(needs "$group")
    while read -r kind what package; do
        case "$missing " in *" $package "*) continue ;; esac
        have "$kind" "$what" || missing="$missing $package"
    done <<LIST
$list
LIST
done
if [ -z "$missing" ]; then
    ! $say_all || echo "setup: nothing is missing: all targets have what they need"
    exit 0
fi

command="apt-get install -y --no-install-recommends$missing"
by_hand="sudo apt-get update && sudo $command"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: missing, and no apt-get here to install it: Debian's names are$missing" >&2
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    echo "setup: some packages are missing; please run this, then try again (make deps: for all targets):" >&2
    echo "    $by_hand" >&2
    exit 1
fi

# Not in build/, which may be another user's.
log=$(mktemp -t cowshed-setup.XXXXXX)
echo "setup: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && $command; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    echo "setup: the installation failed (all of it: $log); by hand it is: $by_hand" >&2
    exit 1
fi
rm -f "$log"

for group in "$@"; do
    list=$(needs "$group")
    while read -r kind what package; do
        if ! have "$kind" "$what"; then
            echo "setup: $package is installed, but $kind $what is still not found (PYTHON=$PYTHON)" >&2
            exit 1
        fi
    done <<LIST
$list
LIST
done
! $say_all || echo "setup: all targets have what they need"
