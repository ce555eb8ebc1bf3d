#!/bin/sh
# Make the virtual environment .venv with everything that pyproject.toml names.
# usage: . scripts/setup.sh [extra]; leaves the path of its python in $PYTHON.
# Installs anew only when pyproject.toml or the extra changed.
set -eu
extra=${1:-}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

# Ask for Debian packages: as root they are installed, otherwise one line says what is missing.
need_apt() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "正在安装系统软件包：$*" >&2
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
    else
        echo "缺少系统软件包。请先运行：sudo apt-get update && sudo apt-get install -y --no-install-recommends $*" >&2
        exit 2
    fi
}

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
}

python=$(find_python)
if [ -z "$python" ]; then
    need_apt python3 python3-venv
    python=$(find_python)
    if [ -z "$python" ]; then
        echo "需要 Python 3.11 或更新的版本，本机没有找到。" >&2
        exit 2
    fi
fi

stamp=.venv/.installed-$extra
wanted=$(cat pyproject.toml; "$python" --version)
if [ ! -x .venv/bin/python ] || [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print(f"{sys.version_info[0]}.{sys.version_info[1]}")')
        need_apt "python$version-venv"
    fi
    echo "正在准备 Python 环境 .venv（第一次需要几分钟）……" >&2
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install -q --disable-pip-version-check -e ".${extra:+[$extra]}" >&2
    echo "$wanted" >"$stamp"
fi
PYTHON=$root/.venv/bin/python
