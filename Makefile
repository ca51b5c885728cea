# Cowshed: what a user types. `make help` lists the targets.

VARIANTS := $(sort $(patsubst variants/%/variant.h,%,$(wildcard variants/*/variant.h)))

MAKEFLAGS += --no-builtin-rules --no-print-directory

.PHONY: help deps bench verify explain compare export plot report variant lint check test power-cuts power-cut-programs mutants build images image system-disk script-disk run run-machine qemu qemu-gdb grade soak \
	setup-build setup-bench setup-test setup-lint setup-gdb setup-soak setup-zh clean check-variant FORCE
.DELETE_ON_ERROR:
.SECONDARY:

# What users type after make as NAME=value is text, whatever is in it: make expands nothing of it, no
# shell reads it as a part of a command, and programs get it through the environment. What stood in the
# environment before, for other programs, does not count. Empty is as good as not given; 0 switches off.
SWITCHES := LAZY DEBUG CHECK LINES V
TYPED := $(SWITCHES) VARIANT CPUS MEM DISK CMD PROGS TIMEOUT GDB_PORT PARTS SECONDS SEED CUTS MUTANTS IMAGE \
	BENCH PAGES REPEAT PARAMS CLOCK OUT RESULTS A B FORMAT FAIL_ABOVE TEMPLATE REPORT_LANG NAME FROM \
	CORE PYTHON PYTEST LINK_SEED SCRIPT SCRIPT_DISK
$(foreach name,$(TYPED),$(eval override $(name) := $(if $(filter command,$(origin $(name))),$$(value $(name)))))
$(foreach name,$(SWITCHES),$(if $(filter-out 0,$($(name))),,$(eval override $(name) :=)))
export $(TYPED)
unexport CPATH C_INCLUDE_PATH
override PYTHON := $(or $(PYTHON),/usr/bin/python3)
Q := $(if $(V),,@)
# A step that is only worth a line where make was called by hand, and not with -s.
DETAIL = @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,echo)

# A program that takes long gets SIGTERM when its parent is gone, which is make where no shell has to stay.
tied_python = setpriv --pdeathsig TERM $(PYTHON)
long_python = exec $(tied_python)

# $(call option,WORD,name): the option of a program that gets what was typed, if anything was.
option = $(if $($(1)),--$(2)="$$$(1)")
# $(call as_typed,WORD...): the same for programs that take NAME=value themselves.
as_typed = $(foreach word,$(1),"$(word)=$$$(word)")
quoted = '$(subst ','\'',$(1))'

help:
	@printf '%s\n' \
		'make bench [VARIANT=v]             measure one variant, or all; results/, plots and README' \
		'    [BENCH="fork*"] [PAGES=0,1024] [PARAMS="percent=0,50"] [REPEAT=n] [MEM=512M] [LAZY=1] [OUT=folder]' \
		'                                   a part, or other settings: results/custom/' \
		'make bench CLOCK=wall [CPUS=n] [REPEAT=10]  real time, of so many boots: results/wall/' \
		'make verify [VARIANT=v] [BENCH="fork*"] [RESULTS=folder]  measure again: are the results the same?' \
		'make compare [A=eager B=cow-reuse]  results side by side: variants or files; all with eager' \
		'    [BENCH="fork*"] [FORMAT=terminal|markdown|csv] [OUT=file] [FAIL_ABOVE=5%] [LAZY=1] [CLOCK=wall]' \
		'make explain VARIANT=v BENCH=fork/pages:1024 [LINES=1] [CORE=u74] [FORMAT=terminal|markdown|csv]' \
		'                                   which functions, or lines, its instructions are of; in place of' \
		'                                   VARIANT: A=x B=y, where two variants differ' \
		'make export VARIANT=v [OUT=export.json]  results in the format of Google Benchmark; with LAZY=1' \
		'                                   or CLOCK=wall, those of results/lazy or results/wall' \
		'make plot [FORMAT=svg|png|ascii|gp] [REPORT_LANG=en|zh]' \
		'                                   draw the plots again from results/; ascii: the main one, here;' \
		'                                   gp: scripts for gnuplot, in build/plots' \
		'make report [TEMPLATE=report|course] [REPORT_LANG=en|zh] [OUT=file.md] [CHECK=1]' \
		'                                   write REPORT.md and build/report.html from results/;' \
		'                                   TEMPLATE=course: the skeleton of your own; CHECK=1: is it new?' \
		'make check                         the tests for which a minute is enough, on one variant' \
		'make test [VARIANT=v] [PYTEST=...] all tests, on one variant, or all; PYTEST: options of pytest' \
		'make lint                          style, types and spelling, without building anything' \
		'make variant NAME=x FROM=y         a new variant, as a copy of another' \
		'make build VARIANT=v [DEBUG=1]     a kernel: build/v/kernel.elf, build/v-debug/kernel.elf' \
		'                                   with LAZY=1 (also for bench), sbrk only moves the break;' \
		'make images                        the disks of bench and test: build/bench.img, build/tests.img' \
		'make image [PROGS="a.c b.c+util.c"]  the disk with the whole system, and with programs of yours' \
		'make qemu [machine]                a shell in a machine on this terminal; Ctrl-A x ends it' \
		'make run CMD="..." [machine] [PROGS="a.c b.c+util.c"] [TIMEOUT=60]' \
		'                                   one command in a machine; its exit status is that of make' \
		'make qemu-gdb [machine] [GDB_PORT=n]  the same as qemu, but waits for gdb' \
		'make grade [VARIANT=v] [CPUS=n] [LAZY=1] [DISK=virtio|ram] [DEBUG=1] [PARTS="simple three"]' \
		'                                   the score of a variant, as in a course' \
		'make soak SECONDS=n [SEED=n]       random programs and power cuts, for a time' \
		'    [machine]: [VARIANT=v] [CPUS=n] [MEM=256M] [LAZY=1] [DISK=virtio|ram] [DEBUG=1]' \
		'make power-cuts VARIANT=v [CUTS=200] [SEED=n]  cut the power of a machine at random moments' \
		'make mutants [MUTANTS="row1*"]     break the kernel on purpose: do the tests see it?' \
		'make deps                          install what all targets need, from Debian packages; for root' \
		'make clean                         remove build/' \
		'V=1 shows the commands; PYTHON=... chooses an interpreter (default: /usr/bin/python3).' \
		'Variants: $(VARIANTS)'

# Set-up: finds what is missing. Root installs it from Debian's packages; others are told the command.

setup-build setup-bench setup-test setup-lint setup-gdb setup-soak setup-zh:
	$(Q)PYTHON=$(PYTHON) tools/setup.sh build $(filter-out build,$(@:setup-%=%))

deps:
	$(Q)PYTHON=$(PYTHON) tools/setup.sh all

# Bad input.

ifneq ($(words $(CURDIR)),1)
$(error the path of this folder has a space in it, which make cannot handle: $(CURDIR))
endif

# The environment would then replace variables of this file, and make would not pass on what was typed.
ifneq ($(findstring e,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
$(error make -e does not work here: leave it out, and type each NAME=value after make)
endif

ifneq ($(filter-out 0 1,$(words $(VARIANT))),)
$(error VARIANT is '$(VARIANT)'; it can be one of: $(VARIANTS))
endif
# The one that names files.
KNOWN := $(filter $(VARIANTS),$(VARIANT))

check-variant:
	@$(if $(VARIANT),,echo 'make: which variant? VARIANT= one of: $(VARIANTS)' >&2; exit 2)
	@$(if $(KNOWN),,printf "make: unknown VARIANT '%s'; there are: %s\n" "$$VARIANT" '$(VARIANTS)' >&2; exit 2)

# $(call check_word,WORD,|what|it can be|,the same in words)
check_word = $(if $($(1)),$(if $(and $(findstring |$($(1))|,$(2)),$(if $(findstring |,$($(1))),,1)),,$(error $(1) is '$($(1))'; it can be $(3), or be left out)))
$(foreach word,$(SWITCHES),$(call check_word,$(word),|1|,0 or 1))
$(call check_word,CLOCK,|icount|wall|,icount or wall)

# The kernel of one variant: build/<variant>[-lazy][-debug][-link<seed>]/kernel.elf

CROSS := riscv64-unknown-elf-
CC := $(CROSS)gcc
MARCH := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany
# By the name of the set of libraries that has no floating-point registers: with the extensions'
# names the compiler finds none, and takes the one that has them.
LIBGCC = $(shell $(CC) -march=rv64imac -mabi=lp64 -print-libgcc-file-name)
COMMON_FLAGS := $(MARCH) -std=gnu11 -O2 -g -ffreestanding -nostdlib -fno-common \
	-fno-stack-protector -fno-pic -fno-tree-loop-distribute-patterns -ffile-prefix-map=$(CURDIR)=. -Wa,--debug-prefix-map=$(CURDIR)=. \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror

FLAVOUR := $(KNOWN)$(if $(LAZY),-lazy)$(if $(DEBUG),-debug)
BUILD := build/$(FLAVOUR)$(if $(LINK_SEED),-link$(LINK_SEED))
OBJECTS := build/$(FLAVOUR)/objects
LAZY_FLAG := $(if $(LAZY),-DLAZY_HEAP)
KERNEL_FLAGS := $(COMMON_FLAGS) -Wframe-larger-than=1024 -DVARIANT='"$(KNOWN)"' $(LAZY_FLAG) $(if $(DEBUG),-DDEBUG) \
	-Ikernel -Iuser/include -Ivariants/$(KNOWN) -Ivariants
VARIANT_SOURCES := $(if $(KNOWN),$(addprefix variants/,$(shell cat variants/$(KNOWN)/sources 2>/dev/null)))
KERNEL_SOURCES := $(sort $(wildcard kernel/*.c kernel/*/*.c kernel/*/*.S)) $(VARIANT_SOURCES)
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(OBJECTS)/%.o)

build: check-variant setup-build
	$(Q)$(MAKE) -j2 $(BUILD)/kernel.elf VARIANT=$(KNOWN)

# The order of the objects is the layout of the kernel's text and data; a seed permutes it.
link_order = $(if $(LINK_SEED),$(shell for o in $(1); do echo "$$(echo $(LINK_SEED) $${o#build/*/} | md5sum | cut -c1-16) $$o"; done | sort | cut -d' ' -f2),$(1))

$(BUILD)/kernel.elf: $(KERNEL_OBJECTS) kernel/arch/kernel.ld
	@mkdir -p $(@D)
	@echo '  LINK  $@'
	$(Q)$(CC) $(COMMON_FLAGS) -static -Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 \
		-T kernel/arch/kernel.ld -o $@ $(call link_order,$(KERNEL_OBJECTS)) $(LIBGCC)

$(OBJECTS)/%.o: %
	@mkdir -p $(@D)
	$(DETAIL) '  CC    $(FLAVOUR) $<'
	$(Q)$(CC) $(KERNEL_FLAGS) -MMD -MP -c -o $@ $<

# User programs: the library, the runners, and programs of one file.

USER_OBJECTS := build/user
USER_FLAGS := $(COMMON_FLAGS) -Iuser/include -ffunction-sections -fdata-sections -Wstack-usage=1024 \
	-DUSER_FORMAT_CHECKS
USER_LINK = $(CC) $(COMMON_FLAGS) -static -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 -T user/user.ld -o $@
LIBRARY := build/user/libuser.a
library_objects := $(patsubst %,$(USER_OBJECTS)/%.o,$(sort $(wildcard user/lib/*.c user/lib/*.S)))
runner_objects = $(patsubst %,$(USER_OBJECTS)/%.o,$(sort $(wildcard $(1)/*.c $(1)/*.S)))
programs = $(patsubst $(1)/programs/%,build/$(2)-root/$(2)/%,$(basename $(wildcard $(1)/programs/*.c $(1)/programs/*.S)))

images: setup-build
	$(Q)$(MAKE) -j2 build/bench.img build/tests.img

build/user/%.o: %
	@mkdir -p $(@D)
	$(DETAIL) '  CC    user $<'
	$(Q)$(CC) $(USER_FLAGS) -I$(<D) -I$(<D)/.. $(if $(filter bench/%,$<),-Ibench/guest/runner -Ibench/probe) -MMD -MP -c -o $@ $<

# The same once more for the wall clock.
WALL_OBJECTS := build/user-wall
$(WALL_OBJECTS)/%.o: %
	@mkdir -p $(@D)
	$(DETAIL) '  CC    user, wall clock $<'
	$(Q)$(CC) $(USER_FLAGS) -DREAL_TIME -I$(<D) -Ibench/guest/runner -Ibench/probe -MMD -MP -c -o $@ $<

$(LIBRARY): $(library_objects)
	@rm -f $@
	$(Q)$(CROSS)ar rcsD $@ $^

# Each benchmark is a program of its own, so that one more changes nothing in the others; the runner
# alone has all of them.
BENCHMARKS := $(basename $(notdir $(wildcard bench/guest/*.c)))
BENCHMARK_PROGRAMS := $(BENCHMARKS:%=build/bench-root/suite/%)
$(BENCHMARK_PROGRAMS): build/bench-root/suite/%: $(USER_OBJECTS)/bench/guest/%.c.o
build/bench-root/bench/runner: $(call runner_objects,bench/guest)
build/bench-root/bench/runner-wall: $(patsubst $(USER_OBJECTS)/%,$(WALL_OBJECTS)/%,$(call runner_objects,bench/guest) $(call runner_objects,bench/guest/runner)) \
		$(LIBRARY) user/user.ld
build/bench-root/bench/runner $(BENCHMARK_PROGRAMS): $(call runner_objects,bench/guest/runner) $(LIBRARY) user/user.ld
# The list of what is on the disk changes with the files there are: one that is gone is linked no more.
build/bench-root/bench/runner build/bench-root/bench/runner-wall: build/bench.img.items
build/tests-root/tests/runner: $(call runner_objects,tests/guest) $(LIBRARY) user/user.ld
build/bench-root/bench/runner build/bench-root/bench/runner-wall $(BENCHMARK_PROGRAMS) build/tests-root/tests/runner:
	@mkdir -p $(@D)
	$(DETAIL) '  LINK  $@'
	$(Q)$(USER_LINK) $(filter %.o %.a,$^) $(LIBGCC)

build/bench-root/bench/%: build/user/bench/guest/programs/%.S.o user/user.ld
	@mkdir -p $(@D)
	$(Q)$(USER_LINK) $<
build/bench-root/bench/%: build/user/bench/guest/programs/%.c.o $(LIBRARY) user/user.ld
	@mkdir -p $(@D)
	$(Q)$(USER_LINK) $(filter %.o %.a,$^) $(LIBGCC)
build/tests-root/tests/%: build/user/tests/guest/programs/%.c.o $(LIBRARY) user/user.ld
	@mkdir -p $(@D)
	$(Q)$(USER_LINK) $(filter %.o %.a,$^) $(LIBGCC)
build/tests-root/tests/%: build/user/tests/guest/programs/%.S.o $(LIBRARY) user/user.ld
	@mkdir -p $(@D)
	$(Q)$(USER_LINK) $(filter %.o %.a,$^) $(LIBGCC)

# The utilities, of one file each, and the shell.

build/user-root/bin/sh: $(call runner_objects,user/sh) $(LIBRARY) user/user.ld
	@mkdir -p $(@D)
	$(DETAIL) '  LINK  $@'
	$(Q)$(USER_LINK) $(filter %.o %.a,$^) $(LIBGCC)
build/user-root/bin/%: build/user/user/bin/%.c.o $(LIBRARY) user/user.ld
	@mkdir -p $(@D)
	$(Q)$(USER_LINK) $(filter %.o %.a,$^) $(LIBGCC)

# Programs for the host: they make and check disks.

HOST_CC := gcc
HOST_FLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror -Ikernel

build/tools/objects/%.o: tools/%.c
	@mkdir -p $(@D)
	$(DETAIL) '  CC    host $<'
	$(Q)$(HOST_CC) $(HOST_FLAGS) -MMD -MP -c -o $@ $<

build/tools/mkfs: $(patsubst %,build/tools/objects/%.o,mkfs image tree)
build/tools/fsck: $(patsubst %,build/tools/objects/%.o,fsck check check_blocks check_tree check_volume)
build/tools/mkfs build/tools/fsck:
	$(Q)$(HOST_CC) $(HOST_FLAGS) -o $@ $^

# The probe: a plugin of QEMU that watches a machine from outside.

build/probe.so: $(wildcard bench/probe/*.c bench/probe/*.h)
	@mkdir -p $(@D)
	$(DETAIL) '  CC    host $@'
	$(Q)$(HOST_CC) $(HOST_FLAGS) -flto -shared -fPIC -fvisibility=hidden -o $@ $(filter %.c,$^)

# Disks. What is on one is a list of SOURCE=/NAME, as tools/stage.py takes it. Programs are there
# without their symbols and what debuggers need; that is in the files they are made from.

build/stripped/%: build/%
	@mkdir -p $(@D)
	$(Q)$(CROSS)objcopy --strip-all $< $@

stripped = $(1:build/%=build/stripped/%)
items_in = $(foreach p,$(2),$(call stripped,$(p))=$(1)/$(notdir $(p)))
sources_of = $(foreach item,$(1),$(firstword $(subst =/, ,$(item))))
DISK_DEVICES := --device /console:1:0

# $(1): the disk, $(2): its list, $(3): options of mkfs, $(4): what else it depends on.
define disk_rule
$(1).items: FORCE
	@mkdir -p $$(@D)
	@echo '$(2)' | cmp -s - $$@ || echo '$(2)' >$$@
$(1): $(1).items $(call sources_of,$(2)) $(4) tools/stage.py build/tools/mkfs build/tools/fsck
	@echo '  MKFS  $$@'
	$$(Q)$$(PYTHON) -m tools.stage $(1:.img=.root) $(2)
	$$(Q)build/tools/mkfs $(DISK_DEVICES) $(3) $$@ $(1:.img=.root)
	$$(Q)build/tools/fsck $$@
endef

BENCH_PROGRAMS := build/bench-root/bench/runner build/bench-root/bench/runner-wall $(call programs,bench/guest,bench)
# In a folder of their own: looking up a program that is measured must not depend on their number. Their
# names are cut to 13 bytes: one of 14 has no zero behind it in its directory, which programs look for.
SUITE_ITEMS := $(join $(BENCHMARK_PROGRAMS:build/%=build/stripped/%=/bench/suite/),$(shell printf '%.13s ' $(BENCHMARKS)))
BENCH_ITEMS := $(call items_in,/bench,$(BENCH_PROGRAMS)) $(SUITE_ITEMS) bench/guest/files=/bench
# For the shell's pipeline.
BENCH_UTILITIES := $(call items_in,/bin,$(addprefix build/user-root/bin/,sh cat grep wc))
$(eval $(call disk_rule,build/bench.img,$(BENCH_ITEMS) $(BENCH_UTILITIES)))

TEST_PROGRAMS := build/tests-root/tests/runner $(call programs,tests/guest,tests)
TEST_ITEMS := $(call items_in,/tests,$(TEST_PROGRAMS)) build/test-files=/tests
$(eval $(call disk_rule,build/tests.img,$(TEST_ITEMS)))

build/test-files: tests/guest/make_files.py
	$(Q)rm -rf $@ && $(PYTHON) $< $@

# The disk with the system. FOLDERS are those of its parts that may be left out: a machine that needs no
# benchmarks and tests starts without building them.
#
# Programs of the user's own (PROGS) get a disk beside the others', in a folder RUN of build/run with the
# rules for them. They are compiled as they are, and warnings are only shown.

FOLDERS := bench tests
RUN :=
RUN_PROGRAMS :=
ifdef RUN
include $(RUN)/rules.mk
endif
DISK_SIZE := 16M
SYSTEM_PROGRAMS := $(patsubst user/bin/%.c,build/user-root/bin/%,$(wildcard user/bin/*.c)) build/user-root/bin/sh
SYSTEM_TESTS := $(patsubst tests/programs/%/,build/test-programs/%,$(filter-out %/common/,$(sort $(dir $(wildcard tests/programs/*/*.c)))))
# A program of the user's takes the place of a utility.
RUN_REPLACES := $(RUN_PROGRAMS:$(RUN)/%=build/user-root/%)
at_root = $(foreach p,$(1),$(call stripped,$(p))=/$(notdir $(p)),/bin/$(notdir $(p)))
SYSTEM_ITEMS := $(call at_root,$(filter-out $(RUN_REPLACES),$(SYSTEM_PROGRAMS))) user/files=/ \
	$(if $(filter bench,$(FOLDERS)),$(BENCH_ITEMS)) $(if $(filter tests,$(FOLDERS)),$(call items_in,/tests,$(SYSTEM_TESTS)))
# root.img has all; system.img, system-tests.img, … have less.
SYSTEM_DISK := $(or $(RUN),build)/$(if $(filter-out $(FOLDERS),bench tests),system$(addprefix -,$(FOLDERS)),root).img

$(eval $(call disk_rule,$(SYSTEM_DISK),$(SYSTEM_ITEMS) $(call at_root,$(RUN_PROGRAMS)),--size $(DISK_SIZE),$(shell find user/files -type f)))

# Each folder is a program; what is in common/, and the library of the guest tests, is for all.
define test_program_rule
$(1): $$(call runner_objects,$(1:build/test-programs/%=tests/programs/%)) \
		$$(call runner_objects,tests/programs/common) $(USER_OBJECTS)/tests/guest/support.c.o $(LIBRARY) user/user.ld
	@mkdir -p $$(@D)
	$$(DETAIL) '  LINK  $$@'
	$$(Q)$$(USER_LINK) $$(filter %.o %.a,$$^) $$(LIBGCC)
endef
$(foreach program,$(SYSTEM_TESTS),$(eval $(call test_program_rule,$(program))))

# As such sources are compiled where they come from: -O, since more makes stack frames larger and
# traps of reads at address 0; beside user.h, which some include so. Hosted, so that a main which ends
# without a value has status 0.
FOREIGN_FLAGS := $(filter-out -W% -O2 -ffreestanding -ffile-prefix-map%,$(COMMON_FLAGS)) -O -fno-builtin \
	-Iuser/include -Iuser/include/user -Wall -Wno-format
ifdef RUN
$(RUN)/objects/%.o:
	@mkdir -p $(@D)
	@printf '  CC    user %s\n' $(call quoted,$(SOURCE))
	$(Q)$(PYTHON) tools/missing.py $(CC) $(FOREIGN_FLAGS) -I$(call quoted,$(dir $(SOURCE))) -MMD -MP -c -o $@ $(call quoted,$(SOURCE))
# A function that the program and the library both define is the program's.
$(RUN)/bin/%: $(LIBRARY) user/user.ld
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/missing.py $(USER_LINK) -Wl,-z,muldefs $(filter %.o,$^) $(LIBRARY) $(LIBGCC)
endif

# The programs of tests/power_cut, whose disks are made from this folder.

POWER_CUT_PROGRAMS := $(patsubst tests/power_cut/guest/%.c,build/power-cut-root/%,$(wildcard tests/power_cut/guest/*.c))
POWER_CUT := $(POWER_CUT_PROGRAMS) build/tools/mkfs build/tools/fsck

power-cut-programs: $(POWER_CUT)

build/power-cut/%: build/user/tests/power_cut/guest/%.c.o $(LIBRARY) user/user.ld
	@mkdir -p $(@D)
	$(Q)$(USER_LINK) $(filter %.o %.a,$^) $(LIBGCC)
build/power-cut-root/%: build/power-cut/%
	@mkdir -p $(@D)
	$(Q)$(CROSS)objcopy --strip-all $< $@

# $(1): what to make, with RUN for the programs that PROGS names.
make_with_programs = $(Q)run=$$($(PYTHON) -m tools.programs "$$PROGS") && $(MAKE) -j2 $(1) RUN="$$run"

image: setup-build
	$(call make_with_programs,system-disk)

system-disk: $(SYSTEM_DISK)
	$(if $(IMAGE),$(Q)cp -- $(SYSTEM_DISK) "$$IMAGE.new" && mv -- "$$IMAGE.new" "$$IMAGE")

# The same with one file more: SCRIPT is /run.sh of SCRIPT_DISK.
ifdef SCRIPT
script-disk: setup-build
	$(call make_with_programs,$(SCRIPT_DISK))

$(SCRIPT_DISK): $(SYSTEM_DISK) $(SCRIPT)
	$(Q)cp -al $(SYSTEM_DISK:.img=.root) $@.root && cp $(SCRIPT) $@.root/run.sh
	$(Q)build/tools/mkfs $(DISK_DEVICES) --size $(DISK_SIZE) $@ $@.root
endif

# Machines for users.

MACHINE_WORDS := VARIANT CPUS MEM LAZY DISK DEBUG V

# make's own status would be 2 whatever the command's is; see tools/make_status.c. It is put in its
# place whole: another make run may be loading it.
MAKE_STATUS := build/tools/make_status.so
RUN_STATUS := build/run/status

run: run-machine
	@$(eval status := $(shell cat $(RUN_STATUS).$$PPID 2>/dev/null; rm -f $(RUN_STATUS).$$PPID))
	@$(if $(filter load,$(.FEATURES)),$(eval -load $(MAKE_STATUS)(make_status_setup)))
	@$(if $(filter-out 0,$(status)),$(end-with $(status)))exit $(status)

run-machine: setup-build $(MAKE_STATUS)
	$(Q)mkdir -p build/run; $(tied_python) tools/run $(call as_typed,$(MACHINE_WORDS) CMD PROGS TIMEOUT); echo $$? >$(RUN_STATUS).$$PPID

$(MAKE_STATUS): tools/make_status.c | setup-build
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_FLAGS) -shared -fPIC -o $@.$$$$ $< && mv $@.$$$$ $@

qemu: setup-build
	$(Q)$(PYTHON) -m tools.machines.qemu $(call as_typed,$(MACHINE_WORDS) PROGS)

qemu-gdb: setup-build setup-gdb
	$(Q)$(PYTHON) -m tools.machines.qemu --gdb $(call as_typed,$(MACHINE_WORDS) PROGS GDB_PORT)

grade: setup-build
	$(Q)$(long_python) -m tools.machines.grade $(call as_typed,$(MACHINE_WORDS) PARTS)

soak: setup-build setup-soak
	$(Q)$(long_python) -m tools.machines.soak $(call as_typed,VARIANT SECONDS SEED)

# What users come for.

BENCH_VARIANTS = $(or $(KNOWN),$(VARIANTS))
LAYOUT_SEEDS := 1 2 3

# The words are looked at before anything is built. Only the usual settings take further layouts.
bench: $(if $(VARIANT),check-variant) setup-bench
	$(Q)$(bench_command) --check-words
	$(Q)$(MAKE) -j2 bench-kernels BENCH_VARIANTS='$(BENCH_VARIANTS)' \
		$(if $(BENCH)$(PAGES)$(REPEAT)$(PARAMS)$(filter-out 512M,$(MEM)),LAYOUT_SEEDS=)
	$(Q)$(bench_command) --flags '$(COMMON_FLAGS) $(LAZY_FLAG)'

bench_command = $(long_python) -m bench.host.cli bench $(BENCH_VARIANTS:%=--variant %) $(if $(LAZY),--lazy) \
	$(call option,MEM,memory) $(call option,BENCH,bench) $(call option,PAGES,pages) $(call option,REPEAT,repeat) \
	$(call option,PARAMS,parameters) $(call option,CPUS,harts) $(call option,CLOCK,clock) $(call option,OUT,out)

# Which kernels there are to build is said here, whatever kernel was asked for on the command line.
USUAL := DEBUG=

.PHONY: bench-kernels $(VARIANTS:%=bench-kernel-%)
bench-kernels: $(addprefix bench-kernel-,$(BENCH_VARIANTS)) build/bench.img
$(VARIANTS:%=bench-kernel-%): bench-kernel-%:
	$(Q)$(MAKE) build/$*$(if $(LAZY),-lazy)/kernel.elf VARIANT=$* $(USUAL)
	$(Q)[ '$(CLOCK)' = wall ] || for seed in $(LAYOUT_SEEDS); do \
		$(MAKE) build/$*$(if $(LAZY),-lazy)-link$$seed/kernel.elf VARIANT=$* $(USUAL) LINK_SEED=$$seed || exit 1; done

# Measures again, and compares with what is in RESULTS (default: results/).
verify: $(if $(VARIANT),check-variant) setup-bench
	$(Q)$(verify_command) --check-words
	$(Q)$(MAKE) -j2 bench-kernels BENCH_VARIANTS='$(BENCH_VARIANTS)'
	$(Q)$(verify_command) --flags '$(COMMON_FLAGS) $(LAZY_FLAG)'

verify_command = $(long_python) -m bench.host.cli verify $(if $(KNOWN),--variant $(KNOWN)) $(call option,BENCH,bench) $(call option,OUT,out) \
	$(or $(call option,RESULTS,results),$(if $(LAZY),--results results/lazy,$(if $(filter wall,$(CLOCK)),--results results/wall)))

# Each instruction of one benchmark, by function. The words are looked at before anything is built.
explain: $(if $(VARIANT),check-variant) setup-bench
	$(Q)$(explain_command) --check-words
	$(Q)$(MAKE) -s -j2 bench-kernels build/probe.so BENCH_VARIANTS='$(or $(KNOWN),$(filter $(VARIANTS),$(A) $(B)))' LAYOUT_SEEDS= LAZY=
	$(Q)$(explain_command)

explain_command = $(long_python) -m bench.host.cli explain $(call option,VARIANT,variant) $(call option,A,a) $(call option,B,b) \
	$(call option,BENCH,bench) $(call option,CORE,core) $(call option,FORMAT,format) $(if $(LINES),--lines)

compare: setup-bench
	$(Q)$(PYTHON) -m bench.host.cli compare $(call option,A,a) $(call option,B,b) $(call option,BENCH,bench) \
		$(call option,FORMAT,format) $(call option,OUT,out) $(call option,FAIL_ABOVE,fail-above) \
		$(call option,CLOCK,clock) $(if $(LAZY),--lazy)

export: check-variant setup-bench
	$(Q)$(PYTHON) -m bench.host.cli export --variant '$(KNOWN)' $(call option,CLOCK,clock) \
		$(if $(LAZY),--lazy) $(call option,OUT,out)

plot: setup-bench $(if $(filter zh,$(REPORT_LANG)),setup-zh)
	$(Q)$(PYTHON) -m bench.host.cli plot $(call option,FORMAT,format) $(call option,REPORT_LANG,language)

# The words are checked, and files kept that somebody has written into, by the command.
report: setup-bench
	$(Q)$(PYTHON) -m bench.host.cli report $(call option,TEMPLATE,template) $(call option,REPORT_LANG,language) \
		$(call option,OUT,out) $(if $(CHECK),--check)

variant: setup-build
	$(Q)$(PYTHON) -m tools.new_variant --name="$$NAME" --from="$$FROM"

lint: setup-bench setup-test setup-lint
	$(Q)tools/lint.sh

TEST_VARIANTS = $(or $(KNOWN),$(VARIANTS))

pytest = COWSHED_BUILT=1 COWSHED_VARIANTS='$(TEST_VARIANTS)' $(long_python) -m pytest -n 2 --dist loadgroup

# A path in PYTEST replaces tests/, which is the default in pyproject.toml. With a variant alone, the tests
# that it can change are run.
test: $(if $(VARIANT),check-variant) setup-bench setup-test setup-gdb setup-zh
	$(Q)$(MAKE) -j2 test-kernels
	$(Q)$(pytest) $(or $(PYTEST),$(if $(KNOWN),-m variant))

# What a minute is enough for; tests/support/tiers.py has the list.
check: TEST_VARIANTS := cow-reuse
check: setup-bench setup-test
	$(Q)$(MAKE) -j2 test-kernels TEST_VARIANTS=$(TEST_VARIANTS)
	$(Q)$(pytest) -m check $(PYTEST)

.PHONY: test-kernels $(VARIANTS:%=test-kernel-%)
test-kernels: $(TEST_VARIANTS:%=test-kernel-%) build/tests.img build/bench.img build/root.img build/probe.so $(POWER_CUT) $(MAKE_STATUS)
$(VARIANTS:%=test-kernel-%): test-kernel-%:
	$(Q)$(MAKE) build/$*/kernel.elf VARIANT=$* $(USUAL) LAZY=
	$(Q)$(MAKE) build/$*-debug/kernel.elf VARIANT=$* $(USUAL) LAZY= DEBUG=1
	$(Q)$(MAKE) build/$*-lazy/kernel.elf VARIANT=$* $(USUAL) LAZY=1
	$(Q)$(MAKE) build/$*-lazy-debug/kernel.elf VARIANT=$* $(USUAL) LAZY=1 DEBUG=1

# Random power cuts: CUTS of them, chosen by SEED (default: the time), on the machines of a VARIANT.
power-cuts: check-variant setup-test
	$(Q)$(MAKE) -j2 $(BUILD)/kernel.elf $(POWER_CUT)
	$(Q)$(long_python) -m tests.power_cut --variant $(KNOWN) $(if $(DEBUG),--debug) $(if $(LAZY),--lazy) \
		$(call option,CUTS,cuts) $(call option,SEED,seed)

mutants: setup-test
	$(Q)set -f; $(long_python) -m tests.mutations.run $$MUTANTS

clean:
	$(Q)rm -rf build

-include $(KERNEL_OBJECTS:.o=.d) $(shell find build/user build/user-wall build/tools $(RUN) -name '*.d' 2>/dev/null)
