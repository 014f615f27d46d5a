#!/usr/bin/env bash
# Builds what the benchmarks need and runs them. Arguments go to JMH: a regular expression and options, like
#   benchmarks/run.sh ConnectionBenchmark -prof gc
set -eu
cd "$(dirname -- "$(readlink -f -- "$0")")/.."
./mvnw -q -B -pl benchmarks -am -DskipTests -Dspotless.check.skip package
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "benchmarks/target/classes:benchmarks/target/lib/*" org.openjdk.jmh.Main "$@"
