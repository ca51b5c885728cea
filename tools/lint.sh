#!/bin/sh
# Checks style, types and spelling of the whole tree; settings are in pyproject.toml and .clang-format.
#
# usage: tools/lint.sh [--fix]      --fix: format Python and C in place first
set -eu
cd "$(dirname "$0")/.."
if ! git rev-parse --git-dir >/dev/null 2>&1; then
    echo 'lint: this folder is no git repository, whose list of files is needed' >&2
    exit 2
fi

# Words of the field, a name in the Makefile, and words that tests misspell on purpose.
WORDS=hart,harts,sie,nd,nin,frok,hel

sources() {
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
        if [ -f "$file" ]; then echo "$file"; fi
    done
}
scripts() { git grep -lIE "^#!.*[/ ]$1\$" -- ':!user/files' ':!tests' ':!*.md'; }

# The programs of tests/**/course/ stand there as courses print them.
c_files=$(sources '*.c' '*.h' ':!:tests/**course/*')
python_files="bench tools tests $(scripts python3)"
shell_files=$(scripts '(ba)?sh')
pages=$(sources ':!:results')

if [ "${1-}" = --fix ]; then
    # shellcheck disable=SC2086  # lists of names without spaces
    { isort --quiet bench tools tests; black --quiet $python_files; clang-format -i $c_files; }
fi

failed=
check() {
    "$@" >"$log" 2>&1 || { failed="$failed $1"; echo "lint: $1 says:" >&2; head -n 40 "$log" >&2; }
}
log=$(mktemp -t cowshed-lint.XXXXXX)
trap 'rm -f "$log"' EXIT

# shellcheck disable=SC2086
{
    check black --quiet --check --diff $python_files
    check isort --check --diff bench tools tests
    check mypy
    check clang-format --dry-run --Werror $c_files
    check shellcheck $shell_files
    check codespell --builtin clear,rare,en-GB_to_en-US --ignore-words-list "$WORDS" $pages
}
if [ -n "$failed" ]; then
    echo "lint: failed:$failed" >&2
    exit 1
fi
echo 'lint: nothing to say'
