# Cowshed. `make help` lists the commands. ./cowshed does each of them, and takes the variables that were typed
# after make as they are: make expands nothing of them, and no shell reads them. Variables of the environment
# do not count. What stands below the commands says how files are built, and is for ./cowshed's own make.

COMMANDS := help bench verify compare cost explain export plot report table budget readme check test lint run qemu qemu-gdb grade soak \
	variant build images image power-cuts mutants

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.PHONY: $(COMMANDS) deps clean flags power-cut-programs FORCE
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:

ifneq ($(words $(CURDIR)),1)
$(error the path of this folder has a space in it, which make cannot handle: $(CURDIR))
endif
# The environment would then replace variables of this file.
ifneq ($(findstring e,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
$(error make -e does not work here: leave it out, and type each NAME=value after make)
endif

# To put a variable that was typed into the environment, make would expand it.
unexport $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))) CPATH C_INCLUDE_PATH
PYTHON := /usr/bin/python3
export PYTHON

# A command gets SIGTERM when make is gone. It reads what was typed from MAKEFLAGS.
$(COMMANDS): | /usr/bin/python3
	@exec setpriv --pdeathsig TERM ./cowshed --make $@
/usr/bin/python3:
	@tools/setup.sh build
deps:
	@tools/setup.sh all
clean:
	rm -rf build

VERBOSE :=
Q := $(if $(VERBOSE),,@)
# A step that is worth a line only where somebody waits for what it makes.
STEPS :=
DETAIL = @$(if $(STEPS),echo,:)
quoted = '$(subst ','\'',$(1))'

# The kernel of one variant: KERNEL=cow-reuse+lazy+debug is build/cow-reuse-lazy-debug/kernel.elf, and
# `make kernel+cow-reuse+lazy+debug` builds it. The words are lazy and debug, in this order.

CROSS := riscv64-unknown-elf-
CC := $(CROSS)gcc
MARCH := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany
# By the name of the set of libraries that has no floating-point registers: with the extensions'
# names the compiler finds none, and takes the one that has them.
LIBGCC = $(shell $(CC) -march=rv64imac -mabi=lp64 -print-libgcc-file-name)
COMMON_FLAGS := $(MARCH) -std=gnu11 -O2 -g -ffreestanding -nostdlib -fno-common \
	-fno-stack-protector -fno-pic -fno-tree-loop-distribute-patterns -ffile-prefix-map=$(CURDIR)=. -Wa,--debug-prefix-map=$(CURDIR)=. \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror

KERNEL :=
VARIANT_NAME := $(firstword $(subst +, ,$(KERNEL)))
kernel_is = $(filter $(1),$(wordlist 2,3,$(subst +, ,$(KERNEL))))
BUILD := build/$(subst +,-,$(KERNEL))
LAZY_FLAG := $(if $(call kernel_is,lazy),-DLAZY_HEAP)
KERNEL_FLAGS := $(COMMON_FLAGS) -Wframe-larger-than=1024 -DVARIANT='"$(VARIANT_NAME)"' $(LAZY_FLAG) $(if $(call kernel_is,debug),-DDEBUG) \
	-Ikernel -Iuser/include -Ivariants/$(VARIANT_NAME) -Ivariants
VARIANT_SOURCES := $(if $(KERNEL),$(addprefix variants/,$(shell cat variants/$(VARIANT_NAME)/sources 2>/dev/null)))
KERNEL_SOURCES := $(sort $(wildcard kernel/*.c kernel/*/*.c kernel/*/*.S)) $(VARIANT_SOURCES)
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(BUILD)/objects/%.o)

kernel+%: FORCE
	$(Q)$(MAKE) build/$(subst +,-,$*)/kernel.elf KERNEL=$*
# The same with further layouts of text and data: a seed permutes the order of the objects.
layouts+%: kernel+%
	$(Q)$(MAKE) $(patsubst %,build/$(subst +,-,$*)-link%/kernel.elf,1 2 3) KERNEL=$*
# The flags that results record.
flags:
	@echo '$(COMMON_FLAGS) $(LAZY_FLAG)'

permuted = $(shell for o in $(2); do echo "$$(echo $(1) $${o#build/*/} | md5sum | cut -c1-16) $$o"; done | sort | cut -d' ' -f2)
link_kernel = @mkdir -p $(@D); echo '  LINK  $@'; $(if $(VERBOSE),set -x;) $(CC) $(COMMON_FLAGS) -static -Wl,--build-id=none \
	-Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 -T kernel/arch/kernel.ld -o $@ $(1) $(LIBGCC)
$(BUILD)/kernel.elf: $(KERNEL_OBJECTS) kernel/arch/kernel.ld
	$(call link_kernel,$(KERNEL_OBJECTS))
$(BUILD)-link%/kernel.elf: $(KERNEL_OBJECTS) kernel/arch/kernel.ld
	$(call link_kernel,$(call permuted,$*,$(KERNEL_OBJECTS)))

$(BUILD)/objects/%.o: %
	@mkdir -p $(@D)
	$(DETAIL) '  CC    $(subst +,-,$(KERNEL)) $<'
	$(Q)$(CC) $(KERNEL_FLAGS) -MMD -MP -c -o $@ $<

# User programs: the library, the runners, and programs of one file.

USER_FLAGS := $(COMMON_FLAGS) -Iuser/include -ffunction-sections -fdata-sections -Wstack-usage=1024 \
	-DUSER_FORMAT_CHECKS
USER_LINK = $(CC) $(COMMON_FLAGS) -static -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 -T user/user.ld -o $@
LIBRARY := build/user/libuser.a
objects_in = $(patsubst %,build/user/%.o,$(sort $(wildcard $(1)/*.c $(1)/*.S)))
programs = $(patsubst $(1)/programs/%,build/$(2)-root/$(2)/%,$(basename $(wildcard $(1)/programs/*.c $(1)/programs/*.S)))

build/user/%.o: %
	@mkdir -p $(@D)
	$(DETAIL) '  CC    user $<'
	$(Q)$(CC) $(USER_FLAGS) -I$(<D) -I$(<D)/.. $(if $(filter bench/%,$<),-Ibench/guest/runner -Ibench/probe) -MMD -MP -c -o $@ $<

$(LIBRARY): $(call objects_in,user/lib)
	@rm -f $@
	$(Q)$(CROSS)ar rcsD $@ $^

link_user = @mkdir -p $(@D); $(if $(VERBOSE),set -x;) $(USER_LINK) $(filter %.o,$^) $(filter %.a,$^) $(LIBGCC)
# Each benchmark is a program of its own, so that one more changes nothing in the others; the runner
# alone has all of them.
BENCHMARKS := $(basename $(notdir $(wildcard bench/guest/*.c)))
BENCHMARK_PROGRAMS := $(BENCHMARKS:%=build/bench-root/suite/%)
RUNNER := build/bench-root/bench/runner
$(BENCHMARK_PROGRAMS): build/bench-root/suite/%: build/user/bench/guest/%.c.o $(call objects_in,bench/guest/runner)
$(RUNNER): $(call objects_in,bench/guest) $(call objects_in,bench/guest/runner)
# The list of what is on the disk changes with the files there are: one that is gone is linked no more.
$(RUNNER): build/bench.img.items
build/tests-root/tests/runner: $(call objects_in,tests/guest)
build/user-root/bin/sh: $(call objects_in,user/sh)
# Each folder is a program; what is in common/, and the library of the guest tests, is for all.
SYSTEM_TESTS := $(patsubst tests/programs/%/,build/test-programs/%,$(filter-out %/common/,$(sort $(dir $(wildcard tests/programs/*/*.c)))))
$(SYSTEM_TESTS): build/test-programs/%: $$(call objects_in,tests/programs/$$*) $(call objects_in,tests/programs/common) build/user/tests/guest/support.c.o

$(RUNNER) $(BENCHMARK_PROGRAMS) build/tests-root/tests/runner build/user-root/bin/sh $(SYSTEM_TESTS): $(LIBRARY) user/user.ld
	$(DETAIL) '  LINK  $@'
	$(link_user)

build/bench-root/bench/%: build/user/bench/guest/programs/%.S.o user/user.ld
	$(link_user)
build/bench-root/bench/%: build/user/bench/guest/programs/%.c.o $(LIBRARY) user/user.ld
	$(link_user)
build/tests-root/tests/%: build/user/tests/guest/programs/%.c.o $(LIBRARY) user/user.ld
	$(link_user)
build/tests-root/tests/%: build/user/tests/guest/programs/%.S.o $(LIBRARY) user/user.ld
	$(link_user)
build/user-root/bin/%: build/user/user/bin/%.c.o $(LIBRARY) user/user.ld
	$(link_user)
build/power-cut/%: build/user/tests/power_cut/guest/%.c.o $(LIBRARY) user/user.ld
	$(link_user)

# Programs are on disks without their symbols and what debuggers need; that is in the files they are made from.
strip_to = @mkdir -p $(@D); $(if $(VERBOSE),set -x;) $(CROSS)objcopy --strip-all $< $@
build/stripped/%: build/%
	$(strip_to)
build/power-cut-root/%: build/power-cut/%
	$(strip_to)

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

# Plugins of QEMU: the probe, and turns of harts.
build/probe.so: $(wildcard bench/probe/*.[ch])
build/turns.so: bench/turns/turns.c bench/probe/qemu_plugin.h
build/probe.so build/turns.so:
	@mkdir -p $(@D); echo '  LINK  $@'
	$(Q)$(HOST_CC) $(HOST_FLAGS) -Ibench/probe -shared -fPIC -fvisibility=hidden -flto -o $@ $(filter %.c,$^)

# The programs of tests/power_cut, whose disks are made from this folder.
power-cut-programs: $(patsubst tests/power_cut/guest/%.c,build/power-cut-root/%,$(wildcard tests/power_cut/guest/*.c)) build/tools/mkfs build/tools/fsck

# Programs of the user's own get a disk beside the others', in a folder RUN of build/run with the rules for
# them. A function that such a program and the library both define is the program's.
RUN :=
RUN_PROGRAMS :=
# They are compiled as they are where they come from, and warnings are only shown: -O, since more makes stack
# frames larger and traps of reads at address 0; beside user.h, which some include so. Hosted, so that a main
# which ends without a value has status 0.
FOREIGN_FLAGS := $(filter-out -W% -O2 -ffreestanding -ffile-prefix-map%,$(COMMON_FLAGS)) -O -fno-builtin \
	-Iuser/include -Iuser/include/user -Wall -Wno-format
ifneq ($(RUN),)
include $(RUN)/rules.mk
$(RUN)/objects/%.o:
	@mkdir -p $(@D)
	@printf '  CC    user %s\n' $(call quoted,$(SOURCE))
	$(Q)$(PYTHON) tools/missing.py $(CC) $(FOREIGN_FLAGS) -I$(call quoted,$(dir $(SOURCE))) -MMD -MP -c -o $@ $(call quoted,$(SOURCE))
$(RUN)/bin/%: $(LIBRARY) user/user.ld
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/missing.py $(USER_LINK) -Wl,-z,muldefs $(filter %.o,$^) $(LIBRARY) $(LIBGCC)
endif

# Disks. What is on one is a list of SOURCE=/NAME, as tools/stage.py takes it.
stripped = $(1:build/%=build/stripped/%)
items_in = $(foreach p,$(2),$(call stripped,$(p))=$(1)/$(notdir $(p)))
sources_of = $(foreach item,$(1),$(firstword $(subst =/, ,$(item))))

# Benchmarks are in a folder of their own: looking up a program that is measured must not depend on their number.
# Their names are cut to 13 bytes: one of 14 has no zero behind it in its directory, which programs look for.
SUITE_ITEMS := $(join $(BENCHMARK_PROGRAMS:build/%=build/stripped/%=/bench/suite/),$(shell printf '%.13s ' $(BENCHMARKS)))
BENCH_ITEMS := $(call items_in,/bench,$(RUNNER) $(call programs,bench/guest,bench)) $(SUITE_ITEMS) bench/guest/files=/bench
# For the shell's pipeline.
BENCH_UTILITIES := $(call items_in,/bin,$(addprefix build/user-root/bin/,sh cat grep wc))
TEST_ITEMS := $(call items_in,/tests,build/tests-root/tests/runner $(call programs,tests/guest,tests)) build/test-files=/tests

# The disk with the system. FOLDERS are those of its parts that may be left out: a machine that needs no
# benchmarks and tests starts without building them. A program of the user's takes the place of a utility.
SYSTEM_DISK := build/root.img
FOLDERS := bench tests
SYSTEM_PROGRAMS := $(patsubst user/bin/%.c,build/user-root/bin/%,$(wildcard user/bin/*.c)) build/user-root/bin/sh
at_root = $(foreach p,$(1),$(call stripped,$(p))=/$(notdir $(p)),/bin/$(notdir $(p)))
SYSTEM_ITEMS := $(call at_root,$(filter-out $(RUN_PROGRAMS:$(RUN)/%=build/user-root/%),$(SYSTEM_PROGRAMS))) user/files=/ \
	$(if $(filter bench,$(FOLDERS)),$(BENCH_ITEMS)) $(if $(filter tests,$(FOLDERS)),$(call items_in,/tests,$(SYSTEM_TESTS))) \
	$(call at_root,$(RUN_PROGRAMS))

DISKS := build/bench.img build/tests.img $(SYSTEM_DISK)
items_of_build/bench.img := $(BENCH_ITEMS) $(BENCH_UTILITIES)
items_of_build/tests.img := $(TEST_ITEMS)
items_of_$(SYSTEM_DISK) := $(SYSTEM_ITEMS)
SYSTEM_SIZE := 16M
DEVICES := --device /console:1:0

$(DISKS:=.items): %.items: FORCE
	@mkdir -p $(@D)
	@echo '$(items_of_$*)' | cmp -s - $@ || echo '$(items_of_$*)' >$@
$(DISKS): %: %.items $$(call sources_of,$$(items_of_$$*)) $(shell find user/files -type f) tools/stage.py build/tools/mkfs build/tools/fsck
	@echo '  MKFS  $@'
	$(Q)$(PYTHON) -m tools.stage $(@:.img=.root) $(items_of_$*)
	$(Q)build/tools/mkfs $(DEVICES) $(if $(filter $(SYSTEM_DISK),$@),--size $(SYSTEM_SIZE)) $@ $(@:.img=.root)
	$(Q)build/tools/fsck $@

# The same with one file more: SCRIPT is /run.sh of SCRIPT_DISK.
SCRIPT :=
SCRIPT_DISK :=
$(SCRIPT_DISK): $(SYSTEM_DISK) $(SCRIPT)
	$(Q)cp -al $(SYSTEM_DISK:.img=.root) $@.root && cp $(SCRIPT) $@.root/run.sh
	$(Q)build/tools/mkfs $(DEVICES) --size $(SYSTEM_SIZE) $@ $@.root

build/test-files: tests/guest/make_files.py
	$(Q)rm -rf $@ && $(PYTHON) $< $@

-include $(KERNEL_OBJECTS:.o=.d) $(shell find build/user build/tools $(RUN) -name '*.d' 2>/dev/null)
