# SPDX-License-Identifier: Apache-2.0
#
# tests/unit/<name>_test.c : one cmocka program each, label unit.
# tests/fuzz/<name>_fuzz.c : LLVMFuzzerTestOneInput. With LK_FUZZ a libFuzzer program; otherwise linked with
#                            replay_main.c, and ctest (label fuzz) replays tests/fuzz/corpus/<name>/ through it.
pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)

add_library(lk_test_flags INTERFACE)
target_link_libraries(lk_test_flags INTERFACE lk_flags)
# cmocka's own macros cast between integers and pointers of other sizes.
target_compile_options(lk_test_flags INTERFACE -Wno-conversion -Wno-sign-conversion -Wno-cast-qual)
# The source tree, for fixtures; only tests know it.
target_include_directories(lk_test_flags INTERFACE ${PROJECT_SOURCE_DIR}/tests)
target_compile_definitions(lk_test_flags INTERFACE LATCHKEY_SOURCE="${PROJECT_SOURCE_DIR}")
foreach(room IN LISTS LK_ROOMS)
  target_link_libraries(lk_test_flags INTERFACE lk_${room})
endforeach()

set(LK_TEST_ENVIRONMENT
  "LATCHKEY_SHARE=${LK_SHARE_BUILT}"
  "LATCHKEY_SOURCE=${PROJECT_SOURCE_DIR}"
  "LC_ALL=C.UTF-8"
  "TZ=UTC"
  "UBSAN_OPTIONS=print_stacktrace=1"
  "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/check/lsan.suppressions:print_suppressions=0"
  "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/check/tsan.suppressions:second_deadlock_stack=1")

function(lk_test name label)
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 120 ENVIRONMENT "${LK_TEST_ENVIRONMENT}")
endfunction()

file(GLOB unit_tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/*_test.c)
foreach(source IN LISTS unit_tests)
  cmake_path(GET source STEM name)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE lk_test_flags PkgConfig::cmocka)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/unit)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/tests/unit)
  lk_test(${name} unit)
endforeach()

file(GLOB fuzz_targets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/*_fuzz.c)
foreach(source IN LISTS fuzz_targets)
  cmake_path(GET source STEM name)
  string(REGEX REPLACE "_fuzz$" "" corpus ${name})
  if(LK_FUZZ)
    add_executable(${name} ${source})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${source} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.c)
    add_test(NAME ${name} COMMAND ${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${corpus})
    lk_test(${name} fuzz)
  endif()
  target_link_libraries(${name} PRIVATE lk_test_flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/fuzz)
endforeach()

# tests/e2e/programs/<name>.c : a program that the tests in tests/e2e drive.
file(GLOB driven_programs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/e2e/programs/*.c)
foreach(source IN LISTS driven_programs)
  cmake_path(GET source STEM name)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE lk_test_flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/e2e)
endforeach()

# tests/bench/<name>.c : what the daemon is measured with and against; no room of ours in them.
file(GLOB bench_programs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/bench/*.c)
pkg_check_modules(bench REQUIRED IMPORTED_TARGET libmicrohttpd ldap lber libcurl)
foreach(source IN LISTS bench_programs)
  cmake_path(GET source STEM name)
  add_executable(bench_${name} ${source})
  target_compile_definitions(bench_${name} PRIVATE _GNU_SOURCE)
  target_link_libraries(bench_${name} PRIVATE PkgConfig::bench Threads::Threads)
  set_target_properties(bench_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/bench)
endforeach()
