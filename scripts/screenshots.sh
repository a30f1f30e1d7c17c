#!/bin/sh
# screenshots.sh OBJDIR: renders screenshots/*.svg from the script of the pictures, and *.png beside them in
# build/screenshots to look at.
set -eu
dir=$1
d=build/screenshots/drill
mkdir -p screenshots $d
# kview asks before it writes over a file
rm -f $(sed -n 's/^open snapshot //p' tests/harness/screenshots.txt tests/harness/drill.txt)
for script in screenshots drill; do
	if ! "$dir/kview-pty" --kview "$dir/kview" --demo "$dir/kview-democluster" tests/harness/$script.txt \
		>build/screenshots/log 2>&1; then
		cat build/screenshots/log
		exit 1
	fi
done
python3 scripts/drill.py screenshots/drill.svg \
	"3:Two Pods cannot pull their image. Press  b:$d/1.svg" \
	"5:The revisions, and what the last change was. Press  ⏎:$d/2.svg" \
	"6:What would happen, tried on the server. Press  y:$d/3.svg" \
	"4:Rolled back, and followed to the end:$d/4.svg" \
	"3:U would take it back:$d/5.svg"
for f in screenshots/*.svg; do
	rsvg-convert -o "build/screenshots/$(basename "$f" .svg).png" "$f"
done
ls screenshots
