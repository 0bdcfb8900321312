# Gives a finding's script $python with the pinned packages named behind `source`, and the modules of
# this folder; it works in a temporary folder that ends with the script.
set -euo pipefail
PYTHONPATH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONPATH PYTHONDONTWRITEBYTECODE=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "$@"
python=$folder/venv/bin/python
