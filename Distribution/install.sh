#!/bin/sh
# install.sh PREFIX              installs into PREFIX: a new folder, ~/.local, /usr/local
# install.sh --uninstall PREFIX  removes what it installed there, and nothing else
#
# Copies bin, lib and share. Needs no root unless PREFIX does. A second call repairs an installation, and
# a newer version's takes an older one's place.
set -eu

# Relative to PREFIX: what was installed, one file or folder on a line; and this script.
list=share/paint-by-example/installed-files
own=share/paint-by-example/install.sh

fail() {
  echo "error: $*" >&2
  exit 1
}

usage() {
  echo "Usage: $0 PREFIX | --uninstall PREFIX" >&2
  exit 2
}

# Removes what standard input lists from PREFIX; of folders, which end in /, those that are empty.
remove() {
  sort -r | while IFS= read -r file; do
    case /$file in
    */../* | */..) fail "$prefix/$list names $file, which leaves $prefix; nothing more is removed" ;;
    /bin/* | /lib/* | /share/*) ;;
    *) fail "$prefix/$list names $file, which install.sh never wrote; nothing more is removed" ;;
    esac
    case $file in
    */) rmdir "$prefix/$file" 2>/dev/null || true ;;
    *) rm -f "$prefix/$file" ;;
    esac
  done
}

uninstall() {
  [ -e "$prefix/$list" ] || fail "nothing of Paint by Example is installed in $prefix ($list is missing)"
  listed=$(cat "$prefix/$list")
  printf '%s\n' "$listed" | remove
  echo "Removed Paint by Example from $prefix."
}

check_archive() {
  [ -e "$here/files.sha256" ] ||
    fail "$here/files.sha256 is missing: run install.sh from the unpacked archive"
  (cd "$here" && sha256sum --check --quiet --strict files.sha256) >&2 ||
    fail "the archive is damaged (the lines above name the files); fetch and unpack it again"
  reason=$("$here/bin/pbe-sample" --version 2>&1) ||
    fail "the programs don't run here: $reason
They need x86-64 Linux with glibc 2.36 or newer, as Debian 12 has, and /proc."
}

check_prefix() {
  case $prefix/ in
  "$here"/*) fail "$prefix is in the unpacked archive itself; name a folder outside of it" ;;
  esac
  # Files of someone else's keep their place.
  while read -r file; do
    if [ -e "$prefix/$file" ] || [ -h "$prefix/$file" ]; then
      grep -qxF "$file" "$prefix/$list" 2>/dev/null ||
        fail "$prefix/$file exists and is not from install.sh; move it away or choose another PREFIX"
    fi
  done <"$files"
}

# The folders that PREFIX lacks for the files, each with a / at its end.
missing_folders() {
  while read -r file; do
    folder=$(dirname "$file")
    while [ "$folder" != . ] && [ ! -d "$prefix/$folder" ]; do
      echo "$folder/"
      folder=$(dirname "$folder")
    done
  done <"$files" | sort -u
}

copy() { # FROM FILE
  mkdir -p "$prefix/$(dirname "$2")"
  # A program that runs keeps its old file; a half-copied one is never seen.
  partial=$prefix/$2.installing
  cp -pP "$1" "$partial"
  mv -f "$partial" "$prefix/$2"
}

install() {
  temporary=$(mktemp -d)
  partial=
  trap 'rm -rf "$temporary" ${partial:+"$partial"}' EXIT
  trap 'exit 1' HUP INT TERM
  files=$temporary/files
  check_archive
  sed 's/^[0-9a-f]*  //' "$here/files.sha256" >"$files"
  check_prefix

  before=$temporary/before
  after=$temporary/after
  [ ! -e "$prefix/$list" ] || cp "$prefix/$list" "$before"
  touch "$before"
  {
    cat "$files"
    printf '%s\n' "$list" "$own"
    missing_folders
    grep '/$' "$before" || true
  } | sort -u >"$after"

  # Both until everything is there: what was interrupted can be repeated or removed.
  mkdir -p "$prefix/$(dirname "$list")"
  sort -u "$before" "$after" >"$prefix/$list"
  while read -r file; do copy "$here/$file" "$file"; done <"$files"
  copy "$here/install.sh" "$own"
  comm -13 "$after" "$before" | remove
  copy "$after" "$list"

  echo "Installed in $prefix. To remove it: sh $prefix/$own --uninstall $prefix"
  case :$PATH: in
  *:"$prefix/bin":*) ;;
  *) echo "Commands are in $prefix/bin, which is not in PATH: export PATH=$prefix/bin:\$PATH" ;;
  esac
}

action=install
if [ "${1-}" = --uninstall ]; then
  action=uninstall
  shift
fi
[ $# -eq 1 ] && [ -n "$1" ] || usage
case $1 in -*) usage ;; esac
here=$(cd "$(dirname "$0")" && pwd -P)
[ ! -e "$1" ] || [ -d "$1" ] || fail "$1 is no folder"
if [ "$action" = install ]; then
  mkdir -p "$1" 2>/dev/null && [ -w "$1" ] ||
    fail "$1 can't be written to; choose a folder of your own, such as $HOME/.local, or become root"
fi
[ -d "$1" ] || fail "$1 doesn't exist"
prefix=$(cd "$1" && pwd -P)
export LC_ALL=C
"$action"
