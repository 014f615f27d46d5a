#!/usr/bin/env bash
# Fuzzes for a while and keeps what it learns for the next time:
#   it-tests/fuzz.sh SECONDS [TARGET,...]      SECONDS for each target, two at a time; by default all
# The inputs are others each time; those of ./verify are always the same. Prints the executions of each. What it finds is
# printed as hexadecimal digits: mend it, and keep the input as a line of pipeline/src/test/resources/fuzz/TARGET.hex. A
# protocol's target is called as the protocol is.
set -eu
seconds=${1:?usage: it-tests/fuzz.sh SECONDS [TARGET,...]}
cd "$(dirname -- "$(readlink -f -- "$0")")/.."
exec ./mvnw -q -B -pl it-tests -am verify -Dtest=none -Dit.test=FuzzIT -Dsurefire.failIfNoSpecifiedTests=false \
	-Dkyanos.fuzz.seconds="$seconds" -Dkyanos.fuzz.targets="${2:-}" -Dkyanos.fuzz.corpus="$PWD/.cifuzz-corpus"
