#!/bin/sh
# keep.sh [TARGET...]: after `make fuzz`, keeps what widens the coverage in tests/fuzz/corpus: of a smallest set
# of inputs the shortest ones, at most 60 a target and 20 KB beyond what is committed.
set -eu
bin=build/fuzz/kview-fuzz
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)
for t; do
	program=$bin
	grep -q "\"$t\"" tests/fuzz/frame/table.c && program=$bin-frame
	KVIEW_FUZZ=$t "$program" -merge=1 "tests/fuzz/corpus/$t" "build/fuzz/corpus/$t" >/dev/null 2>&1 </dev/null
	room=20480 left=60
	git ls-files -o "tests/fuzz/corpus/$t" | xargs -r ls -S -r | while IFS= read -r f; do
		room=$((room - $(wc -c <"$f"))) left=$((left - 1))
		[ "$room" -ge 0 ] && [ "$left" -ge 0 ] || rm "$f"
	done
	echo "$t: $(ls "tests/fuzz/corpus/$t" | wc -l) inputs, $(du -sb "tests/fuzz/corpus/$t" | cut -f1) bytes"
done
