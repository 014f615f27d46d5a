#!/usr/bin/env bash
# Publishes the library into an empty repository, looks at what is there, and uses it from a project that knows nothing else.
# It takes a copy of the tree with what the build has compiled, so that nothing is compiled again, and nobody who uses the
# build meanwhile is disturbed.
# Of others it needs what the local repository of this machine's Maven has already; Maven refuses to deploy when told that it is offline.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${here%/it-tests/library}
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
repository=$folder/repository
copy=$folder/kyanos
mkdir "$repository" "$copy"

fail() {
	printf 'publish: %s\n' "$1" >&2
	exit 1
}

maven() { # arguments; prints only if it fails
	JAVA_HOME=$java_home "$home/mvnw" -q -B "$@" >"$folder/log" 2>&1 || {
		tail -n 40 "$folder/log" >&2
		fail "mvn $*"
	}
}

cd "$home" || exit 1
[ -f bpf/target/classes/META-INF/bpf/x86/socket.bpf.o ] || { echo "the kernel side is not built"; exit 77; }
[ -f actors/target/classes/io/kyanos/Kyanos.class ] || { echo "the library is not built"; exit 77; }
cp -a --parents pom.xml mvnw bpf native-bridge pipeline actors ./*/pom.xml "$copy" || fail 'copy the tree'
rm -rf "$copy"/*/target/*.jar "$copy"/*/target/*-reports
home=$copy maven -f "$copy/pom.xml" -pl bpf,native-bridge,pipeline,actors -Dmaven.main.skip -Dmaven.test.skip -Dexec.skip -Dspotless.check.skip \
	deploy "-DaltDeploymentRepository=trial::file://$repository"
python3 "$here/inspect.py" "$repository" kyanos-bpf kyanos-native-bridge kyanos-pipeline kyanos-actors || fail 'what was published is not whole'

# A local repository of its own, filled from that of this machine and from what was just published.
local=$(JAVA_HOME=$java_home "$home/mvnw" -q -o help:evaluate -Dexpression=settings.localRepository -DforceStdout 2>/dev/null) || local=
[ -d "$local" ] || local=$HOME/.m2/repository
cat >"$folder/settings.xml" <<END
<settings>
  <localRepository>$folder/local</localRepository>
  <mirrors>
    <mirror><id>machine</id><mirrorOf>central</mirrorOf><url>file://$local</url></mirror>
  </mirrors>
  <profiles><profile><id>published</id><repositories>
    <repository><id>published</id><url>file://$repository</url><snapshots><enabled>true</enabled></snapshots></repository>
  </repositories></profile></profiles>
  <activeProfiles><activeProfile>published</activeProfile></activeProfiles>
</settings>
END
version=$(sed -n 's,^  <version>\(.*\)</version>,\1,p' pom.xml | head -n 1)
maven -s "$folder/settings.xml" -f "$here/pom.xml" "-Dkyanos.version=$version" "-Dstranger.target=$folder/target" \
	compile dependency:build-classpath "-Dmdep.outputFile=$folder/classpath"
if grep -qE 'logback|picocli|kyanos-cli|simpleclient_httpserver|junit|archunit' "$folder/classpath"; then
	tr ':' '\n' <"$folder/classpath" >&2
	fail 'the library brings what is not for others'
fi
"$java_home/bin/java" -cp "$folder/target/classes:$(cat "$folder/classpath")" Stranger >"$folder/said" 2>"$folder/complained" || {
	cat "$folder/said" "$folder/complained" >&2
	fail 'the project that uses it ended badly'
}
grep -qE '^captured by (ring|perf)$|^refused: ' "$folder/said" || fail "it said: $(cat "$folder/said" "$folder/complained")"
echo "published, found whole, and used: $(cat "$folder/said")"
