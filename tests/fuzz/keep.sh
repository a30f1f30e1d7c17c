#!/bin/sh
# keep.sh [TARGET...]: after `make fuzz`, keeps what widens the coverage in tests/fuzz/corpus: the smallest set
# of inputs, each at most 2 KB unless it was kept before.
set -eu
bin=build/fuzz/kview-fuzz
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)
for t; do
	small=build/fuzz/small/$t
	rm -rf "$small"
	mkdir -p "$small"
	find "build/fuzz/corpus/$t" -type f -size -3k -exec cp {} "$small" \;
	KVIEW_FUZZ=$t "$bin" -merge=1 "tests/fuzz/corpus/$t" "$small" >/dev/null 2>&1 </dev/null
	echo "$t: $(ls "tests/fuzz/corpus/$t" | wc -l) inputs, $(du -sb "tests/fuzz/corpus/$t" | cut -f1) bytes"
done
