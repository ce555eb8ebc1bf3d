#!/bin/sh
# The main job: from a fresh clone to an offline site of maps of the embedded areas.
# usage: sh scripts/demo.sh [--out FOLDER]
set -eu
. "$(dirname "$0")/setup.sh"
exec "$PYTHON" -m scripts.shanhe demo "$@"
