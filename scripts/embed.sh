#!/bin/sh
# embed.sh ARRAY FILE...: C source with each file's text as a string, named after the file.
array=$1
shift
printf 'static const struct { const char *name, *text; } %s[] = {\n' "$array"
for f in "$@"; do
	name=$(basename "$f")
	printf '{ "%s",\n' "${name%.*}"
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$f"
	printf '},\n'
done
printf '{ 0 } };\n'
