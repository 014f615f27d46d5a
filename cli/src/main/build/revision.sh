#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# revision.sh ROOT VERSION FILE: writes the property `revision` of what is built in ROOT into FILE, the one of
#   1. the commit that ROOT is a checkout of, with -dirty where it differs from it;
#   2. the commit that `git archive` has stamped below, in a tar that it made;
#   3. the version itself, in any other tar.
set -eu

root=$(cd "$1" && pwd -P)
version=$2
file=$3
stamp='$Format:%h$' # filled in by git archive, see .gitattributes

revision=
# a tar unpacked inside another project's checkout is none of that project's
if command -v git >/dev/null 2>&1 &&
	[ "$(git -c safe.directory="$root" -C "$root" rev-parse --show-toplevel 2>/dev/null)" = "$root" ]; then
	revision=$(git -c safe.directory="$root" -C "$root" describe --always --dirty --abbrev=12 --match '' 2>/dev/null) || revision=
fi
case $revision$stamp in
\$*) revision=v$version ;;
[!0-9a-f]*) revision=v$version ;;
*) revision=${revision:-$stamp} ;;
esac

mkdir -p "$(dirname "$file")"
# left alone where it says so already: what is newer is packed again
[ -f "$file" ] && [ "$(cat "$file")" = "revision = $revision" ] || printf 'revision = %s\n' "$revision" >"$file"
