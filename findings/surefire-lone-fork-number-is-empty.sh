#!/usr/bin/env bash
# Maven Surefire 3.6.1 (and 3.5.4, 3.2.5), Maven Central, on Java 17.
#
# The documentation says that ${surefire.forkNumber} may be used in argLine and in system properties. In argLine it may. In
# systemPropertyVariables it is replaced only if other text stands beside it: a property that is the placeholder and nothing
# else reaches the tests empty, in each fork the same. (Maven itself evaluates an expression that makes up a whole value, and
# the number is not known at that time.) Failsafe, which is the same plugin, does likewise.
#
# Who gives each fork a database, a folder or a range of ports by that number gives all forks the same one, unnoticed until
# two of them meet. Put text before it, or use argLine.
#
# Seen on 2026-11-28:
#
#   argLine=N alone= beside=fork-N
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
mkdir -p src/test/java
cat >pom.xml <<'END'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>forks</artifactId><version>1</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.14.4</version><scope>test</scope>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-compiler-plugin</artifactId><version>3.16.0</version></plugin>
      <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-resources-plugin</artifactId><version>3.5.0</version></plugin>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId><artifactId>maven-surefire-plugin</artifactId><version>3.6.1</version>
        <configuration>
          <forkCount>2</forkCount>
          <argLine>-Dby.argument=${surefire.forkNumber}</argLine>
          <systemPropertyVariables>
            <alone>${surefire.forkNumber}</alone>
            <beside>fork-${surefire.forkNumber}</beside>
          </systemPropertyVariables>
        </configuration>
      </plugin>
    </plugins>
  </build>
</project>
END
for name in One Two; do
	cat >"src/test/java/${name}Test.java" <<END
class ${name}Test {
    @org.junit.jupiter.api.Test
    void tells() {
        System.out.println("seen argLine=" + System.getProperty("by.argument") + " alone=" + System.getProperty("alone")
                + " beside=" + System.getProperty("beside"));
    }
}
END
done
mvn -q -B test-compile >log 2>&1 || unavailable "the plugins cannot be had: $(tail -n 1 log)"
mvn -B test >log 2>&1 || { tail -n 20 log; exit 1; }

# whichever fork runs which class
sed -n 's/.*seen \(argLine=\)[12]\( alone=.* beside=fork-\)[12]$/\1N\2N/p' log | sort -u | tee said
echo 'argLine=N alone= beside=fork-N' >expected
if ! diff expected said >difference; then
	echo "changed: $(grep '^>' difference | tr '\n' ' ')"
	exit 1
fi
