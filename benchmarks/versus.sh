#!/usr/bin/env bash
# Compares what two builds cost, in one run: versus.py has the scenarios and the table.
#
#   benchmarks/versus.sh OLD NEW [ROUNDS] [SCENARIO...] [--json FILE] [--markdown FILE] [OPTION...]
#
# OLD and NEW are commits, which are built in clones under .kyanos/versus (or $KYANOS_VERSUS), each once, or folders of
# built trees. Without scenarios all of them run; `versus.sh --list` names them. Needs root, and an idle machine.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
home=$(dirname -- "$here")
trees=${KYANOS_VERSUS:-$home/.kyanos/versus}

say() {
	echo "versus: $*" >&2
}

tree() { # of a commit, built, or the folder that is given
	local commit folder
	if [ -x "$1/kyanos" ]; then
		readlink -f -- "$1"
		return
	fi
	commit=$(git -C "$home" rev-parse --verify -q "$1^{commit}") || {
		say "$1: neither a commit nor a folder with a built tree"
		return 1
	}
	folder=$trees/${commit:0:12}
	if [ ! -d "$folder" ]; then
		mkdir -p "$trees"
		rm -rf "$folder.new"
		git clone -q --shared --no-checkout "$home" "$folder.new"
		git -C "$folder.new" checkout -q --detach "$commit"
		mv "$folder.new" "$folder"
	fi
	echo "$folder"
}

if [ $# -lt 2 ]; then
	exec "$here/versus.py" "${1:---help}"
fi
old=$(tree "$1")
new=$(tree "$2")
shift 2
for folder in "$old" "$new"; do
	"$folder/kyanos" version >/dev/null || {
		say "$folder: does not build"
		exit 1
	}
done
exec "$here/versus.py" "$old" "$new" "$@"
