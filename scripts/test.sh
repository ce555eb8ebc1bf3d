#!/bin/sh
# Every check of the project, from a fresh clone: style, direction of imports, tests,
# the pages in a browser. usage: sh scripts/test.sh [arguments for pytest]
set -eu
here=$(dirname "$0")
set -- "$@"
arguments=$*
set -- test
. "$here/setup.sh"

missing=""
command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
    command -v google-chrome >/dev/null || missing="chromium"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-noto-cjk"
# shellcheck disable=SC2086 - a list of packages
[ -z "$missing" ] || need_apt $missing
# without a PostGIS server its tests skip and say so, unless CI is set
if ! ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; then
    (need_apt postgresql postgresql-postgis) || true
fi

"$PYTHON" -m ruff check .
"$PYTHON" -m ruff format --check .
"$root/.venv/bin/lint-imports"
# shellcheck disable=SC2086 - arguments for pytest
exec "$PYTHON" -m pytest -n auto --dist loadfile $arguments
