# shellcheck shell=bash
# What the launchers of the source tree and of the package share: finding a JVM, and its options.
# Sourced; sets java_home and options. The caller has a function say.

jdk_floor=17

# Major version of the JDK or JRE in $1, from its release file where there is one: no JVM is started.
java_major() {
	local line version=
	if [ -r "$1/release" ]; then
		while IFS= read -r line; do
			case $line in JAVA_VERSION=*) version=${line#JAVA_VERSION=} ;; esac
		done <"$1/release"
	fi
	if [ -z "$version" ]; then
		version=$("$1/bin/java" -version 2>&1) || return 1
		version=${version#* version }
	fi
	version=${version#\"}
	version=${version%%[!0-9]*}
	[ -n "$version" ] && printf '%s\n' "$version"
}

is_java() { # home need: need is java, or jdk (with compiler and headers)
	local major
	[ -x "$1/bin/java" ] || return 1
	[ "$2" = java ] || { [ -x "$1/bin/javac" ] && [ -r "$1/include/jni.h" ]; } || return 1
	major=$(java_major "$1") && [ "$major" -ge "$jdk_floor" ]
}

# Sets java_home: JAVA_HOME, then the PATH's, then the oldest that suffices in /usr/lib/jvm.
find_java() { # need
	local candidate found best='' best_major=999 major
	java_home=
	if [ -n "${JAVA_HOME:-}" ]; then
		if is_java "$JAVA_HOME" "$1"; then
			java_home=$JAVA_HOME
			return 0
		fi
		say "JAVA_HOME=$JAVA_HOME is passed over (expected: a $1 >= $jdk_floor)"
	fi
	found=$(command -v java) && found=$(readlink -f -- "$found") && found=${found%/bin/java}
	if [ -n "$found" ] && is_java "$found" "$1"; then
		java_home=$found
		return 0
	fi
	for candidate in /usr/lib/jvm/*/; do
		candidate=${candidate%/}
		is_java "$candidate" "$1" || continue
		major=$(java_major "$candidate")
		[ "$major" -ge "$best_major" ] || { best=$candidate best_major=$major; }
	done
	java_home=$best
	[ -n "$java_home" ]
}

# Sets options for the command $1, and the environment that the JVM runs best in.
choose_options() { # command
	local major
	major=$(java_major "$java_home") || major=$jdk_floor
	# the JVM's own words belong on stderr: stdout may be a pipe of records
	options=(-Xlog:disable -Xlog:all=error:stderr -Xshare:auto)
	# The class archives stay where they were made for: moving them writes to each of their pages, 25 MiB and a tenth of the start.
	# Their addresses are known then, as that of a heap this small is anyhow. They hold no code, and more than half of them is
	# read-only only this way; code, libraries, stacks and malloc stay at random. JAVA_OPTS=-XX:ArchiveRelocationMode=1 moves them.
	options+=(-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0)
	case " ${JAVA_OPTS:-}" in
	*' -XX:+Use'*GC*) ;;
	*) options+=(-XX:+UseSerialGC) ;;
	esac
	case " ${JAVA_OPTS:-}" in
	*' -Xmx'* | *MaxRAM* | *MaxHeapSize*) ;;
	*) options+=(-Xmx256m -Xmn16m) ;; # records die young: a larger nursery costs memory and no less time
	esac
	[ "$major" -lt 22 ] || options+=(--enable-native-access=ALL-UNNAMED)
	[ "$major" -lt 23 ] || options+=(--sun-misc-unsafe-memory-access=allow)
	case $1 in
	version | config | doctor | completion | hash-password | help | --help | -h | --version) options+=(-XX:TieredStopAtLevel=1) ;; # over before it would pay
	# four times the calls that it takes by default: what a start needs once is not optimized, and the hot path soon is
	*) options+=(-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400 -XX:Tier4CompileThreshold=60000 -XX:Tier4BackEdgeThreshold=160000) ;;
	esac
	# the compiler's working memory goes back to the system instead of staying in an arena per thread
	export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2} MALLOC_TRIM_THRESHOLD_=${MALLOC_TRIM_THRESHOLD_:-131072}
}
