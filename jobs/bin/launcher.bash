# Sourced by the launchers beside it: where things are, which java, and how to build what is missing.
# Sets REPO, JOBS and JAVA. Reads JAVA_HOME and OATMILL_BUILD: auto, the default, or never, which takes what is there.
# shellcheck shell=bash

JOBS=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
REPO=$(dirname "$JOBS")

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 64
}

JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$JAVA" >/dev/null ||
  die "Cannot find java: JAVA_HOME = ${JAVA_HOME:-(not set)}, expected a JDK 17. Install one, or set JAVA_HOME."

# glibc gives each thread its own pool of memory, and keeps in each what the largest tensors needed: one pool takes a
# fifth less with two task slots, and costs no time.
export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-1}

# built FILE MAVEN-ARGUMENT…: runs Maven when FILE is missing or a source is newer.
built() {
  [ "${OATMILL_BUILD:-auto}" != never ] || return 0
  local file=$1 began=$JOBS/target/.began
  shift
  if [ -e "$file" ] && [ -z "$(find "$REPO/pom.xml" "$REPO"/{lib,jobs}/pom.xml "$REPO"/{lib,jobs}/src/main -newer "$file" | head -n 1)" ]; then
    return
  fi
  command -v mvn >/dev/null || die "Cannot build Oatmill: mvn is not on the PATH. Install Maven 3.6.3 or later."
  if [ -e "$file" ]; then
    echo "oatmill: the sources have changed, building (about half a minute)" >&2
  elif [ -d "$JOBS/target/spark/jars" ]; then
    echo "oatmill: building what is missing (about a minute)" >&2
  else
    echo "oatmill: building for the first time (a minute or two, and longer where Maven has yet to download Spark and PyTorch, 0.5 GB)" >&2
  fi
  mkdir -p "$JOBS/target"
  : >"$began"
  # Maven's words go to stderr: stdout belongs to the verb that was asked for.
  (cd "$REPO" && mvn -B -q -DskipTests "$@") >&2 ||
    die "Cannot build Oatmill: Maven's messages are above. To see all of them: cd '$REPO' && mvn -B -DskipTests $*"
  # Dated when the build began, so that what is edited meanwhile is built next time.
  touch -r "$began" "$file"
}
