# SPDX-License-Identifier: Apache-2.0
#
# lk_flags: the compile and link flags of everything we write. Warnings both compilers know, then each one's own.
add_library(lk_flags INTERFACE)

target_compile_definitions(lk_flags INTERFACE _GNU_SOURCE LATCHKEY_VERSION="${PROJECT_VERSION}")
target_compile_options(lk_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
  -Wmissing-declarations -Wold-style-definition -Wundef -Wvla -Walloca -Wcast-qual -Wwrite-strings -Wpointer-arith
  -Wnull-dereference -Wdouble-promotion -Wswitch-enum -Wimplicit-fallthrough -Wredundant-decls -Wdate-time
  -Werror=implicit-function-declaration -Werror=incompatible-pointer-types -Werror=int-conversion
  -Werror=return-type -Werror=unused-result
  # __FILE__ without the path of the machine it was built on.
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)

if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(lk_flags INTERFACE
    -Wformat-signedness -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wcast-align=strict
    -Wstringop-overflow=4 -Warray-bounds=2 -Wtrampolines -Wbidi-chars=any)
elseif(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  target_compile_options(lk_flags INTERFACE
    -Wthread-safety -Wcomma -Wassign-enum -Wconditional-uninitialized -Wunreachable-code -Wshorten-64-to-32)
endif()

if(LK_WERROR)
  target_compile_options(lk_flags INTERFACE -Werror)
endif()

# if() and not a generator expression: the comma in "address,undefined" would end one.
if(LK_SANITIZE)
  target_compile_options(lk_flags INTERFACE
    -fsanitize=${LK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(lk_flags INTERFACE -fsanitize=${LK_SANITIZE})
endif()
if(LK_COVERAGE)
  # Atomic: the daemon's threads count the same lines.
  target_compile_options(lk_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(lk_flags INTERFACE --coverage)
endif()

if(LK_HARDEN)
  target_compile_options(lk_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
    -fno-strict-aliasing -fno-strict-overflow -fno-delete-null-pointer-checks)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(lk_flags INTERFACE -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr)
  endif()
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|i.86)$")
    target_compile_options(lk_flags INTERFACE -fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    target_compile_options(lk_flags INTERFACE -mbranch-protection=standard)
  endif()
  target_link_options(lk_flags INTERFACE LINKER:-z,relro,-z,now,-z,noexecstack,-z,separate-code)
endif()
target_link_options(lk_flags INTERFACE LINKER:--as-needed)
