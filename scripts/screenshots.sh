#!/bin/sh
# screenshots.sh OBJDIR: renders screenshots/*.svg from the script of the pictures, and *.png beside them in
# build/screenshots to look at.
set -eu
dir=$1
mkdir -p screenshots build/screenshots
if ! "$dir/kview-pty" --kview "$dir/kview" --demo "$dir/kview-democluster" tests/harness/screenshots.txt \
	>build/screenshots/log 2>&1; then
	cat build/screenshots/log
	exit 1
fi
for f in screenshots/*.svg; do
	rsvg-convert -o "build/screenshots/$(basename "$f" .svg).png" "$f"
done
ls screenshots
