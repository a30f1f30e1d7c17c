#!/usr/bin/env python3
"""message-fields.py MODULES ROOT...: demo/messages/fields.txt, from the published modules k8s.io/api and
k8s.io/apimachinery (in a Go module cache, MODULES/api@v...): number, JSON name and type of each field of the
messages that the roots reach. Types: s i l b y d (capitals: a pointer, so a zero is meant), "time", "quantity",
"intorstring", "raw", or a message; [] and {} for lists and maps, "." for a message whose fields are its owner's.
"""
import glob
import re
import sys

PLAIN = {"string": "s", "int32": "i", "int64": "l", "bool": "b", "bytes": "y", "double": "d"}
SPECIAL = {"meta.v1.Time": "time", "meta.v1.MicroTime": "time", "meta.v1.FieldsV1": "raw",
           "resource.Quantity": "quantity", "intstr.IntOrString": "intorstring", "runtime.RawExtension": "raw"}
FIELD = re.compile(r"^\s*(?:(optional|repeated)\s+)?(map<\s*string,\s*[\w.]+>|[\w.]+)\s+(\w+)\s*=\s*(\d+)", re.M)


def short(name):
    return re.sub(r"^\.?k8s\.io\.(api|apimachinery\.pkg\.(apis|api|util)|apimachinery\.pkg)\.", "", name)


def go_fields(folder):
    """(struct, field name) -> (is a pointer, is inline) as the Go types have it."""
    out = {}
    for path in glob.glob(folder + "/*.go"):
        for m in re.finditer(r"^type (\w+) struct \{(.*?)^\}", open(path, encoding="utf-8").read(), re.M | re.S):
            for f in re.finditer(r"^\s*(?:\w+\s+)?(\*?)[\w.\[\]]+\s+`([^`]*)`", m.group(2), re.M):
                tag = re.search(r'json:"([^"]*)"', f.group(2))
                key = re.search(r'protobuf:"[^"]*name=(\w+)', f.group(2))
                if tag and key:
                    out[m.group(1), key.group(1)] = (f.group(1) == "*", "inline" in tag.group(1).split(","))
    return out


def messages(modules):
    found = {}
    files = glob.glob(modules + "/api@v0.35.*/*/*/generated.proto")
    files += glob.glob(modules + "/apimachinery@v0.35.*/pkg/apis/meta/v1/generated.proto")
    for path in sorted(files):
        text = re.sub(r"//.*", "", open(path, encoding="utf-8").read())
        package = re.search(r"^package\s+([\w.]+);", text, re.M).group(1)
        go = go_fields(path.rsplit("/", 1)[0])
        for m in re.finditer(r"^message (\w+) \{(.*?)^\}", text, re.M | re.S):
            found[short(package) + "." + m.group(1)] = (m.group(1), short(package), go, FIELD.findall(m.group(2)))
    return found


def type_of(raw, package):
    if raw in PLAIN:
        return PLAIN[raw], None
    name = short(raw if "." in raw else package + "." + raw)
    return (SPECIAL[name], None) if name in SPECIAL else (name, name)


def main():
    known, roots = messages(sys.argv[1]), sys.argv[2:]
    todo, done = list(roots), {}
    while todo:
        name = todo.pop()
        if name in done:
            continue
        struct, package, go, fields = known[name]
        done[name] = []
        for mod, raw, field, number in fields:
            if field == "managedFields" or (field == "status" and name in roots and not name.startswith("auth")):
                continue  # the server writes those itself
            each = re.match(r"map<\s*string,\s*([\w.]+)>", raw)
            kind, more = type_of(each.group(1) if each else raw, package)
            pointer, inline = go.get((struct, field), (False, False))
            todo += [more] if more else []
            kind = kind.upper() if pointer and len(kind) == 1 else kind
            prefix = "{}" if each else "[]" if mod == "repeated" else "." if inline and more else ""
            done[name].append("%s %s %s%s" % (number, field, prefix, kind))
    for name in sorted(done):
        print("message " + name)
        for line in done[name]:
            print(line)


if __name__ == "__main__":
    main()
