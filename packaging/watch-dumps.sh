#!/bin/sh
# Reports on every dump that is whole, once, and moves it away: the JVM writes none where one lies.
cd "${1:-/dumps}" || exit 1
while sleep 5; do
  for dump in *.hprof; do
    [ -e "$dump" ] || continue
    case $dump in reported-*) continue ;; esac
    leaktrail doctor --strict --quiet "$dump" >/dev/null 2>&1 || continue
    name=reported-$(date -u +%Y%m%dT%H%M%SZ)
    mv "$dump" "$name.hprof"
    leaktrail "$name.hprof" --quiet -o "$name.txt" -o "$name.json"
    leaktrail snapshot "$name.hprof" -o "$name.ltsnap" --quiet >/dev/null && rm "$name.hprof"
    cat "$name.txt"  # to the log of the container
  done
done
