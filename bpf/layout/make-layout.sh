#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make-layout.sh OBJECT: prints the wire contract as the object's own type information has it.
# One line per field, "struct field offset size", and per enum value, "enum NAME value".
set -eu

# Debian keeps bpftool where only root looks
PATH=$PATH:/usr/sbin:/sbin

command -v bpftool >/dev/null || {
	echo "make-layout.sh: bpftool: not found. Hint: apt-get install bpftool" >&2
	exit 1
}
types=$(bpftool btf dump file "$1" format raw)

printf '%s\n' "$types" | awk '
	function size_of(id) {
		if (kind[id] == "ARRAY") return count[id] * size_of(target[id])
		if (kind[id] == "PTR") return 8
		if (kind[id] == "TYPEDEF" || kind[id] == "CONST" || kind[id] == "VOLATILE")
			return size_of(target[id])
		return size[id]
	}
	function value(name,    at) {
		at = index($0, " " name "=")
		return at ? substr($0, at + length(name) + 2) + 0 : 0
	}
	function name_of(text) {
		gsub(/\047/, "", text)
		return text
	}
	/^\[/ {
		id = substr($1, 2) + 0
		kind[id] = $2
		name = name_of($3)
		size[id] = value("size"); count[id] = value("nr_elems"); target[id] = value("type_id")
		wanted = name ~ /^ky_/
		next
	}
	wanted && kind[id] == "STRUCT" {
		fields++
		owner[fields] = name; field[fields] = name_of($1)
		type[fields] = value("type_id"); offset[fields] = value("bits_offset") / 8
	}
	wanted && kind[id] ~ /^ENUM/ { print "enum " name_of($1), value("val") }
	END {
		for (i = 1; i <= fields; i++)
			print owner[i], field[i], offset[i], size_of(type[i])
	}' | LC_ALL=C sort -s -k1,1
