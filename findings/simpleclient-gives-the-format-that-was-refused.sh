#!/usr/bin/env bash
# Prometheus simpleclient_common 0.16.0, the last of its line (Maven Central), on Java 17.
#
# TextFormat.chooseContentType looks whether the name application/openmetrics-text stands in the header Accept, and nothing
# else: not at the weights. A client that refuses OpenMetrics with q=0 gets it, so does one that merely likes it less than
# text/plain, and a scraper that can read Prometheus' text alone cannot say so by naming both. Any other header, also one that
# refuses everything else, gets text 0.0.4. (RFC 9110, section 12.4.2: a weight of 0 means "not acceptable".)
#
# Who serves metrics with it and cares for what is accepted has to weigh the types before asking it.
#
# Seen on 2026-11-27:
#
#   application/openmetrics-text;q=0, text/plain -> application/openmetrics-text
#   text/plain;q=1, application/openmetrics-text;q=0.1 -> application/openmetrics-text
#   text/plain;q=0, application/openmetrics-text;q=0 -> application/openmetrics-text
#   application/json, */*;q=0 -> text/plain
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

unavailable() {
	echo "not possible here: $*"
	exit 77
}

command -v mvn >/dev/null || unavailable "mvn is missing"
command -v javac >/dev/null || unavailable "javac is missing"
cd "$scratch"
for artifact in simpleclient:0.16.0 simpleclient_common:0.16.0; do
	mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
		"-Dartifact=io.prometheus:$artifact" -DoutputDirectory=jars >log 2>&1 || unavailable "io.prometheus:$artifact cannot be had"
done

cat >Choose.java <<'END'
import io.prometheus.client.exporter.common.TextFormat;

class Choose {
    public static void main(String[] headers) {
        for (String accept : headers) {
            System.out.println(accept + " -> " + TextFormat.chooseContentType(accept).split(";")[0]);
        }
    }
}
END
javac -cp 'jars/*' Choose.java
java -cp 'jars/*:.' Choose \
	'application/openmetrics-text;q=0, text/plain' \
	'text/plain;q=1, application/openmetrics-text;q=0.1' \
	'text/plain;q=0, application/openmetrics-text;q=0' \
	'application/json, */*;q=0' | tee said

cat >expected <<'END'
application/openmetrics-text;q=0, text/plain -> application/openmetrics-text
text/plain;q=1, application/openmetrics-text;q=0.1 -> application/openmetrics-text
text/plain;q=0, application/openmetrics-text;q=0 -> application/openmetrics-text
application/json, */*;q=0 -> text/plain
END
if ! diff expected said >difference; then
	echo "changed: $(grep '^>' difference | tr '\n' ' ')"
	exit 1
fi
