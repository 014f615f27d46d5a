#!/usr/bin/env bash
# Builds what the benchmarks need, runs them and prints a table. Arguments go to JMH: a regular expression and options, like
#   benchmarks/run.sh ConnectionBenchmark -f 1 -wi 3 -w 1s -i 5 -r 1s
set -eu
cd "$(dirname -- "$(readlink -f -- "$0")")/.."
./mvnw -q -B -pl benchmarks -am -DskipTests -Dspotless.check.skip package
# The collector and the heap are those of the launcher: with another collector the same events cost something else.
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:+UseSerialGC -Xmx256m -cp "benchmarks/target/classes:benchmarks/target/lib/*" io.kyanos.benchmark.BenchmarkTable "$@"
