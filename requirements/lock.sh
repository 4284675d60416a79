#!/usr/bin/env bash
# Pins every dependency, with hashes, for any system and Python 3.11 or newer. The lab lock is a superset of the test
# lock, and that one of the run lock, each at the versions of the one before.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  local name=$1 constraints=$2
  shift 2
  uv pip compile --quiet ${UPGRADE:+--upgrade} --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url ${constraints:+--constraint "$constraints"} "$@" \
    --output-file "requirements/$name.lock" pyproject.toml - <<<'flit_core>=3.12,<4'
}

compile run ''
compile test requirements/run.lock --extra test
compile lab requirements/test.lock --extra test --extra lab
