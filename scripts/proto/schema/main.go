// Prints client/proto_fields.def: the fields of the messages that kview reads as protobuf, from the Go types that the API
// server itself is built of (`make proto`). Their tags name each field for protobuf and for JSON.
package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var roots = []any{corev1.Pod{}, metav1.Status{}, metav1.ListMeta{}}

// What is never wanted of an object, and is large.
var left = map[string]bool{"managedFields": true}

var done = map[reflect.Type]bool{}

// table prints the table of a message behind those that it refers to, and returns its name.
func table(t reflect.Type) string {
	name := "f_" + t.Name()
	if !done[t] {
		done[t] = true
		lines := append(fields(t), "    { NULL, 0, 0, 0, NULL },")
		fmt.Printf("static const struct proto_field %s[] = {\n%s\n};\n", name, strings.Join(lines, "\n"))
	}
	return name
}

// form says how a value of this type is written: its PROTO_ type and, where there is one, its message.
func form(t reflect.Type) (string, string) {
	switch t {
	case reflect.TypeOf(metav1.Time{}):
		return "TIME", ""
	case reflect.TypeOf(resource.Quantity{}):
		return "QUANTITY", ""
	case reflect.TypeOf(intstr.IntOrString{}):
		return "INT_OR_STRING", ""
	}
	switch t.Kind() {
	case reflect.String:
		return "STRING", ""
	case reflect.Bool:
		return "BOOL", ""
	case reflect.Int32, reflect.Int64:
		return "INT", ""
	case reflect.Struct:
		return "MESSAGE", table(t)
	case reflect.Map:
		kind, message := form(t.Elem())
		if kind != "STRING" && kind != "QUANTITY" {
			panic("a map of " + kind)
		}
		return "MAP_" + kind, message
	}
	panic("what is " + t.String())
}

func fields(t reflect.Type) []string {
	type line struct {
		number int
		text   string
	}
	var lines []line
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("protobuf"), ",")
		json := strings.Split(f.Tag.Get("json"), ",")
		if tag[0] == "" || left[json[0]] {
			continue
		}
		number := 0
		fmt.Sscan(tag[1], &number)
		ft, flags := f.Type, []string{}
		if ft.Kind() == reflect.Slice {
			ft, flags = ft.Elem(), append(flags, "PROTO_REPEATED")
		} else if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		} else if len(json) > 1 && json[1] == "omitempty" && ft.Kind() != reflect.Struct {
			flags = append(flags, "PROTO_OMIT_ZERO")
		}
		kind, message := form(ft)
		if json[0] == "" {
			kind = "INLINE"
		}
		if len(flags) == 0 {
			flags = append(flags, "0")
		}
		if message == "" {
			message = "NULL"
		}
		lines = append(lines, line{number, fmt.Sprintf("    { \"%s\", %d, PROTO_%s, %s, %s },", json[0], number, kind, strings.Join(flags, " | "), message)})
	}
	sort.Slice(lines, func(i, j int) bool { return lines[i].number < lines[j].number })
	var out []string
	for _, l := range lines {
		out = append(out, l.text)
	}
	return out
}

func main() {
	fmt.Println("// The protobuf fields of the messages that kview reads, by their names in JSON: printed by scripts/proto (`make proto`).")
	for _, r := range roots {
		table(reflect.TypeOf(r))
	}
}
