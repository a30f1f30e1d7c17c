# kview: `make demo` and `make test` are the two commands to know; README.md has the rest.
CC ?= cc
B := build
VERSION := 0.1.0
V ?= 0
Q := $(if $(filter 0,$(V)),@)
# For the targets that build and then run: as many at once as there are processors, unless make was told.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(or $(shell nproc 2>/dev/null),2))

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla \
        -Wno-missing-field-initializers $(if $(findstring clang,$(CC)),,-Wno-format-truncation) -Wformat=2 -Wundef -Wwrite-strings $(if $(WERROR),-Werror)
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
CFLAGS ?= -O2 -g
CPPFLAGS_ALL = -std=c11 -D_GNU_SOURCE -DKVIEW_VERSION='"$(VERSION)"' -I. -I$(O)/gen
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now -Wl,--export-dynamic-symbol=_gnutls_global_init_skip

# SAN=1 builds the same tree with AddressSanitizer and UBSan in a folder of its own.
ifeq ($(SAN),1)
O := $(B)/san
CFLAGS := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
HARDEN := -fPIE
else ifeq ($(FUZZ),1)
O := $(B)/fuzz
CFLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow -fno-sanitize-recover=all
HARDEN := -fPIE
else
O := $(B)/rel
endif

BASE_LIBS := -lm -luv -ljansson -lyaml -lutf8proc -lssl -lcrypto -lz
CLIENT_LIBS := -lcurl -lyajl -lwslay -lpcre2-8 $(BASE_LIBS)
LIBS := -lncursesw -ltinfo -lvterm $(CLIENT_LIBS)
DEMO_LIBS := -lmicrohttpd -lgnutls -lwslay $(BASE_LIBS)
TEST_LIBS := -lcmocka -lutil

# A room is an archive, and may take from those after it; scripts/lint.sh says the same of its includes.
ROOMS := app views acts logs list kinds ui client keymaps base
libs = $(1:%=$(O)/lib%.a)
room_src = $(wildcard $(1)/*.c $(1)/*/*.c)
LIB_SRC := $(foreach r,$(ROOMS),$(call room_src,$(r)))
DEMO_SRC := $(wildcard demo/*.c demo/*/*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
HARNESS_SRC := $(wildcard tests/harness/*.c)
FAULTS_SRC := $(wildcard tests/faults/*.c)

LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
DEMO_OBJ := $(DEMO_SRC:%.c=$(O)/%.o)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(O)/unit/%)

DEPS_APT := build-essential pkg-config libncurses-dev libcurl4-openssl-dev libyajl-dev libjansson-dev \
            libyaml-dev libuv1-dev libpcre2-dev libutf8proc-dev uthash-dev libvterm-dev libwslay-dev \
            libssl-dev zlib1g-dev libmicrohttpd-dev libgnutls28-dev libcmocka-dev ca-certificates
FUZZ_APT := clang libclang-rt-dev

.PHONY: proto objects rooms doc all help kview demo test tests-built run-tests unit screens screenshots e2e compare bench fuzz mutation soak lint plot deps clean install man \
        cluster-up cluster-down cluster-status cluster-scale
# With SAN=1 only the sanitized programs, in their folder: build/kview is the one that people run and measure.
all: $(if $(SAN)$(FUZZ),$(O)/kview $(O)/kview-democluster,$(B)/kview $(B)/kview-democluster) ## kview and kview-democluster, in build/

# A target's line ends with what it is for.
help: ## this list
	$(Q)awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' Makefile

# What is missing is installed with the system's package manager; elsewhere the names are printed.
deps: ## installs the libraries that are missing
	$(Q)scripts/deps.sh $(DEPS_APT)

demo: ## opens the demo cluster; installs and builds what is missing first
	$(Q)scripts/deps.sh $(DEPS_APT)
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)$(B)/kview --demo -A
	$(Q)[ -t 1 ] || echo "Those are the Pods of the demo cluster. In a terminal, make demo opens it on the whole screen."

MAN := $(patsubst doc/%,$(O)/doc/%,$(wildcard doc/*.[1-9]))
test: ## all that needs no cluster, with ASan and UBSan: unit, command line, screens
	$(Q)scripts/deps.sh $(DEPS_APT) mandoc
	$(Q)$(MAKE) --no-print-directory $(JOBS) SAN=1 run-tests

tests-built: $(UNIT_BIN) $(O)/kview-faults $(O)/kview-headless $(O)/fuzz-replay $(O)/fuzz-replay-frame $(O)/kview-pty $(MAN) $(O)/kview $(if $(DEMO_SRC),$(O)/kview-democluster)
run-tests: tests-built
	$(Q)scripts/run-tests.sh $(O)

# libFuzzer over every parser of foreign bytes; SECONDS a target, TARGETS="filter yaml" for some of them.
fuzz: ## libFuzzer over the parsers of foreign bytes: SECONDS=60 each, TARGETS="filter yaml"
	$(Q)scripts/deps.sh $(DEPS_APT) $(FUZZ_APT)
	$(Q)$(MAKE) --no-print-directory $(JOBS) CC=clang FUZZ=1 $(B)/fuzz/kview-fuzz $(B)/fuzz/kview-fuzz-frame
	$(Q)tests/fuzz/run.sh $(B)/fuzz/kview-fuzz $(or $(SECONDS),60) $(TARGETS)

# Golden screens only; S='kinds states' for some of them, UPDATE=1 writes what differs.
screens: $(O)/kview-pty $(O)/kview $(O)/kview-democluster ## golden screens only: S='kinds states' some of them, UPDATE=1 writes what differs
	$(Q)$(O)/kview-pty $(if $(UPDATE),--update) --kview $(O)/kview --demo $(O)/kview-democluster \
	    $(if $(S),$(S:%=tests/screens/%.txt),$(wildcard tests/screens/*.txt))

# Breaks kview in many places, one at a time, and expects a test to fail each time.
mutation: ## breaks kview in many places and expects a test to fail each time
	$(Q)scripts/deps.sh $(DEPS_APT)
	$(Q)tests/mutation/run.sh

# The README's pictures, from the demo cluster in a time that stands still.
screenshots: $(O)/kview $(O)/kview-democluster $(O)/kview-pty ## the pictures of the README
	$(Q)scripts/deps.sh $(DEPS_APT) librsvg2-bin fonts-dejavu-core
	$(Q)scripts/screenshots.sh $(O)

# The README's plot, from the last whole run of make bench, or of RUN=build/bench/DATE.json.
plot: ## the plot of the README, from the last run of make bench or RUN=build/bench/DATE.json
	$(Q)python3 scripts/plot.py $(RUN)

lint: ## layering, sizes, warnings as errors
	$(Q)scripts/lint.sh

e2e: ## against a real Kubernetes: CASES="tables life" some of it, KUBECONFIG=... another cluster
	$(Q)scripts/deps.sh $(DEPS_APT) python3 python3-pyte python3-yaml openssl vim htop less tmux
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(B)/kview $(B)/kview-democluster $(B)/rel/kview-headless
	$(Q)tests/e2e/run.sh

# The demo server against a real one, and kubectl against the demo cluster: two cases of e2e.
compare: ## the demo server against a real one: cases of e2e
	$(Q)CASES="compare demo" $(MAKE) --no-print-directory e2e

# Budgets, as ratios in one run: BENCH="--quick --only 25,load" measures some of them.
bench: ## the budgets, as ratios to curl and kubectl: BENCH="--quick --only 25,load" some of them
	$(Q)scripts/deps.sh $(DEPS_APT) python3 python3-pyte curl
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(B)/kview
	$(Q)tests/cluster/cluster.sh prepare
	$(Q)/usr/bin/python3 tests/bench/bench.py $(BENCH)

soak: ## MINUTES=10 of churn, random keys and broken connections; SEED=7 plays a run again; LIES=1: the server lies as well
	$(Q)scripts/deps.sh $(DEPS_APT) python3 python3-pyte
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(B)/kview
	$(Q)$(MAKE) --no-print-directory $(JOBS) SAN=1 $(B)/san/kview
	$(Q)tests/cluster/cluster.sh prepare
	$(Q)tests/soak/run.sh $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(LIES),--lies) $(SOAK)

cluster-up: ## a Kubernetes to work against, on this machine
	$(Q)tests/cluster/cluster.sh up
cluster-down: ## takes it down again
	$(Q)tests/cluster/cluster.sh down
cluster-status: ## what of it is running
	$(Q)tests/cluster/cluster.sh status
cluster-scale: ## NODES=60 PODS=10000 simulated ones in it
	$(Q)tests/cluster/cluster.sh scale $(or $(NODES),60) $(or $(PODS),10000)

# The manual pages with their tables, made of the tables that kview runs on.
$(O)/kview-manual: $(O)/doc/manual.o $(call libs,$(ROOMS))
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(MAN): $(O)/doc/%: doc/% $(O)/kview-manual
	$(Q)mkdir -p $(@D) && $(O)/kview-manual $< > $@.new && mv $@.new $@
man: $(MAN) ## the manual pages

doc: ## doc/map.md, what each file is, and tests/README.md, what kview was tried on
	$(Q)scripts/map.sh > doc/map.md.new && mv doc/map.md.new doc/map.md
	$(Q)scripts/behaviours.sh > tests/README.md.new && mv tests/README.md.new tests/README.md

# Written anew when Kubernetes has new fields: the tables are checked in, so that a build needs no Go.
proto: ## client/proto_fields.def and the fixtures of its test, from the Go types of Kubernetes
	$(Q)cd scripts/proto && go run ./schema > proto.new && mv proto.new ../../client/proto_fields.def
	$(Q)cd scripts/proto && go run ./fixture ../../tests/unit/fixtures/kinds/pods.json ../../tests/unit/fixtures/proto

PREFIX ?= /usr/local
install: all man ## to PREFIX=/usr/local, below DESTDIR
	install -Dm755 $(B)/kview $(DESTDIR)$(PREFIX)/bin/kview
	$(if $(DEMO_SRC),install -Dm755 $(B)/kview-democluster $(DESTDIR)$(PREFIX)/bin/kview-democluster)
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(filter %.1,$(MAN))
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man5 $(filter %.5,$(MAN))

kview: $(B)/kview

$(B)/kview: $(O)/kview
	$(Q)cp -f $< $@
$(B)/kview-democluster: $(O)/kview-democluster
	$(Q)cp -f $< $@

# Each program links the rooms that it may know, no more.
$(O)/kview: $(O)/main.o $(call libs,$(ROOMS))
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(O)/kview-democluster: $(DEMO_OBJ) $(call libs,base)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ $^ $(DEMO_LIBS)
$(O)/kview-headless: $(O)/tests/headless/main.o $(call libs,list kinds client base)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ $^ $(CLIENT_LIBS)
$(O)/kview-pty: $(HARNESS_SRC:%.c=$(O)/%.o) $(call libs,kinds ui client base)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ $^ -lvterm $(CLIENT_LIBS) $(TEST_LIBS)
$(O)/kview-faults: $(FAULTS_SRC:%.c=$(O)/%.o) $(call libs,kinds client base)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ $^ $(CLIENT_LIBS)
define room
$(O)/lib$(1).a: $(patsubst %.c,$(O)/%.o,$(call room_src,$(1)))
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

# Each room by itself, whole, with those it may take from and no others: what an include would not show does not link.
below_base :=
below_client := base
below_ui := base
below_keymaps := base
below_kinds := client base
below_list := kinds client base
below_logs := kinds ui client base
below_acts := kinds client base
below_views := acts logs list kinds ui client base
below_app := views acts logs list kinds ui client keymaps base
rooms: $(ROOMS:%=$(O)/rooms/%)
$(O)/rooms/main.o:
	@mkdir -p $(@D)
	$(Q)echo 'int main(void) { return 0; }' | $(CC) $(HARDEN) -x c -c -o $@ -
define room_alone
$(O)/rooms/$(1): $(O)/rooms/main.o $(O)/lib$(1).a $(call libs,$(below_$(1)))
	$$(Q)$$(CC) $$(CFLAGS) -pie -o $$@ $(O)/rooms/main.o -Wl,--whole-archive $(O)/lib$(1).a -Wl,--no-whole-archive $(call libs,$(below_$(1))) $$(LIBS)
endef
$(foreach r,$(ROOMS),$(eval $(call room_alone,$(r))))

KEYMAP_FILES := $(sort $(wildcard keymaps/*.keys))
$(O)/gen/keymaps_data.h: $(KEYMAP_FILES) scripts/embed.sh
	@mkdir -p $(@D)
	$(Q)scripts/embed.sh keymaps_data $(KEYMAP_FILES) > $@
$(O)/keymaps/keymap.o: $(O)/gen/keymaps_data.h

SCENARIO_FILES := $(sort $(wildcard demo/scenarios/*.yaml))
$(O)/gen/demo/scenarios_data.h: $(SCENARIO_FILES) scripts/embed.sh
	@mkdir -p $(@D)
	$(Q)scripts/embed.sh scenarios_data $(SCENARIO_FILES) > $@
$(O)/demo/scenario.o: $(O)/gen/demo/scenarios_data.h

$(O)/gen/demo/messages_data.h: demo/messages/fields.txt scripts/embed.sh
	@mkdir -p $(@D)
	$(Q)scripts/embed.sh messages_data $< > $@
$(O)/demo/messages.o: $(O)/gen/demo/messages_data.h

objects: $(call libs,$(ROOMS)) $(O)/main.o $(DEMO_OBJ)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS) $(HARDEN) $(WARN) -MMD -MP -c -o $@ $<

$(O)/unit/%: tests/unit/%.c $(call libs,$(ROOMS))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS) $(HARDEN) $(WARN) -MMD -MP -MF $@.d -o $@ $< $(UNIT_LD) $(call libs,$(ROOMS)) $(LIBS) $(TEST_LIBS)
# It hears of every request before it is sent.
$(O)/unit/test_gate: UNIT_LD := -Wl,--wrap=http_send

# The demo cluster's modules, all but its main, for tests/unit/test_demo_*.c.
$(O)/unit/test_demo_%: tests/unit/test_demo_%.c $(filter-out $(O)/demo/main.o,$(DEMO_OBJ)) $(call libs,base)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS) $(HARDEN) $(WARN) -MMD -MP -MF $@.d -o $@ $< \
	    $(filter-out $(O)/demo/main.o,$(DEMO_OBJ)) $(call libs,base) $(DEMO_LIBS) $(TEST_LIBS)

# The parsers' targets link without the frame, keymaps and curses; what the frame reads is a program of its own.
FUZZ_OBJ := $(patsubst %.c,$(O)/%.o,$(filter-out %/engine.c %/replay.c,$(wildcard tests/fuzz/*.c)))
FRAME_OBJ := $(filter-out %/table.o,$(patsubst %.c,$(O)/%.o,tests/fuzz/targets.c tests/fuzz/clean.c)) $(patsubst %.c,$(O)/%.o,$(wildcard tests/fuzz/frame/*.c))
FUZZ_ROOMS := $(call libs,$(filter-out app keymaps,$(ROOMS)))
$(B)/fuzz/kview-fuzz: $(O)/tests/fuzz/engine.o $(FUZZ_OBJ) $(FUZZ_ROOMS)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS_ALL) -o $@ $^ -lvterm $(CLIENT_LIBS) -lutil
$(B)/fuzz/kview-fuzz-frame: $(O)/tests/fuzz/engine.o $(FRAME_OBJ) $(call libs,$(ROOMS))
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS_ALL) -o $@ $^ $(LIBS) -lutil
$(O)/fuzz-replay: $(O)/tests/fuzz/replay.o $(FUZZ_OBJ) $(FUZZ_ROOMS)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ $^ -lvterm $(CLIENT_LIBS) -lutil
$(O)/fuzz-replay-frame: $(O)/tests/fuzz/replay.o $(FRAME_OBJ) $(call libs,$(ROOMS))
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ $^ $(LIBS) -lutil

# One executable per tests/unit/test_*.c; U=name runs just that one.
unit: $(if $(U),$(O)/unit/test_$(U),$(UNIT_BIN)) ## unit tests only; U=filter one of them
	$(Q)rc=0; for t in $^; do echo "== $$t"; $$t || rc=1; done; exit $$rc

clean: ## removes what was built, but the cluster programs
	rm -rf $(B)/rel $(B)/san $(B)/kview $(B)/kview-democluster

-include $(LIB_OBJ:.o=.d) $(HARNESS_SRC:%.c=$(O)/%.d) $(FAULTS_SRC:%.c=$(O)/%.d) $(DEMO_OBJ:.o=.d) $(O)/main.d $(O)/doc/manual.d \
         $(wildcard $(O)/unit/*.d $(O)/tests/fuzz/*.d $(O)/tests/fuzz/frame/*.d $(O)/tests/headless/*.d)
