# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Read by ./check, which sets or uses what shellcheck sees only half of here.
# shellcheck disable=SC2034,SC2154
#
# The suites that build and run programs. Each leaves JUnit files *.xml in $reports/<suite>/, from which ./check counts.
# A suite that cannot get that far calls broken.

# configure PRESET: two suites may want the same build folder at the same time.
configure() {
    mkdir -p build
    (
        flock 9
        cmake --preset "$1"
    ) 9>"build/.lock-$1"
}

# build PRESET SUITE: configures and compiles; the first lines of what went wrong are shown.
build() {
    local log=$reports/$2/build-$1.log
    say "building $1"
    if ! {
        configure "$1" && (
            flock 9
            cmake --build --preset "$1"
        ) 9>"build/.lock-$1"
    } >"$log" 2>&1 </dev/null; then
        grep -E -A 6 'error|FAILED|Error' "$log" | head -n 40 | say_lines
        broken "the $1 build fails: $log" "$log"
        return 1
    fi
}

# What stands in front of each program that is run; a suite may set it.
runner=()

# run_ctest PRESET SUITE: unit tests and the replay of the fuzz corpora. TAP, so single tests are counted.
run_ctest() {
    local preset=$1 folder=$reports/$2
    # Not "| grep -q": that may end before ctest has finished writing, and count as its failure.
    if [[ $(ctest --test-dir "build/$preset" -N) != *'Test '*'#'* ]]; then
        say 'no unit tests yet'
        return 0
    fi
    CMOCKA_MESSAGE_OUTPUT=TAP "${runner[@]}" ctest --test-dir "build/$preset" --parallel 2 --output-junit "$folder/ctest.xml" \
        --test-output-size-passed 10000000 --test-output-size-failed 10000000 --output-on-failure \
        >"$folder/ctest.log" 2>&1 </dev/null
    [[ -s $folder/ctest.xml ]] || broken "ctest left no result: $folder/ctest.log"
    # Each line of the log that is a program's verdict, or tells of a failure.
    grep -E '^ *[0-9]+/[0-9]+ Test|^not ok|^# |ERROR|runtime error|SUMMARY' "$folder/ctest.log" |
        grep -vE '^# (not )?ok - |^not ok [0-9]+ # SKIP' | say_lines
}

# run_pytest SUITE FOLDER PRESET [OPTION...]: the tests in FOLDER against the programs of PRESET.
run_pytest() {
    local folder=$2 preset=$3 output=$reports/$1
    shift 3
    if ! compgen -G "$folder/test_*.py" >/dev/null && ! compgen -G "$folder/*/test_*.py" >/dev/null; then
        say "no tests in $folder yet"
        return 0
    fi
    LATCHKEYD=$top/build/$preset/latchkeyd LATCHKEY=$top/build/$preset/latchkey LATCHKEY_BUILD=$top/build/$preset \
        LATCHKEY_SHARE=$top/build/$preset/share/latchkey PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
        timeout --foreground --signal=INT --kill-after=30 "${LK_CHECK_TIMEOUT:-2400}" "${runner[@]}" \
        /usr/bin/python3 -m pytest -v --tb=short --color=no -p no:cacheprovider \
        --junitxml="$output/pytest-${folder##*/}.xml" "$@" "$folder" 2>&1 </dev/null |
        tee "$output/pytest-${folder##*/}.log" | grep --line-buffered -E '::|^E  |^FAILED|^ERROR' | say_lines
    [[ -s $output/pytest-${folder##*/}.xml ]] || broken "pytest left no result: $output/pytest-${folder##*/}.log"
}

# What a sanitizer found in a program whose exit nobody looked at: each report file is a failure.
sanitizer_reports() {
    local file
    for file in "$reports/$1"/sanitizer.*; do
        [[ -e $file ]] || continue
        head -n 25 "$file" | say_lines
        broken "a sanitizer reported: $file" "$file"
    done
}

suite_unit() {
    packages_need "${packages_build[@]}" || return
    build release unit && run_ctest release unit
}

# sanitized PRESET TESTS: unit tests, and then those of the end-to-end tests with the programs under the sanitizer.
sanitized() {
    local preset=$1 tests=$2
    packages_need "${packages_build[@]}" "${packages_clang[@]}" "${packages_server[@]}" || return
    build "$preset" "$preset" || return
    run_ctest "$preset" "$preset"
    # Programs that the tests start speak into files, for their standard error may be read by nobody.
    # Slow unwinding: the libraries keep no frame pointers, and a leak in their memory would not say who asked for it.
    # A few frames of it: with thirty a TLS handshake takes longer than any of the tests' deadlines.
    local options=log_path=$reports/$preset/sanitizer:exitcode=99:fast_unwind_on_malloc=0:malloc_context_size=8
    ASAN_OPTIONS=$options:detect_stack_use_after_return=1 \
        UBSAN_OPTIONS=$options:print_stacktrace=1 \
        LSAN_OPTIONS=suppressions=$top/tests/check/lsan.suppressions:print_suppressions=0 \
        TSAN_OPTIONS=$options:suppressions=$top/tests/check/tsan.suppressions:second_deadlock_stack=1 \
        run_pytest "$preset" tests/e2e "$preset" -m "$tests"
    sanitizer_reports "$preset"
}

suite_asan() {
    sanitized asan 'not slow'
}

# clang 14's thread sanitizer cannot place its shadow memory where the kernel spreads addresses over more than 28 bits.
suite_tsan() {
    local bits
    bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)
    if ((bits > 28)); then
        runner=(setarch -R)
        if ! "${runner[@]}" true 2>/dev/null; then
            say "not possible here: vm.mmap_rnd_bits is $bits and setarch -R is not allowed"
            return 0
        fi
    fi
    sanitized tsan 'not slow and not one_thread'
}

suite_e2e() {
    packages_need "${packages_build[@]}" "${packages_server[@]}" || return
    build release e2e && run_pytest e2e tests/e2e release
}

suite_browser() {
    packages_need "${packages_build[@]}" "${packages_server[@]}" "${packages_browser[@]}" || return
    build release browser && LATCHKEY_SCREENSHOTS=$reports/browser/screenshots run_pytest browser tests/browser release
}

# chaos_tests SUITE TESTS
chaos_tests() {
    packages_need "${packages_build[@]}" "${packages_server[@]}" "${packages_chaos[@]}" || return
    build release "$1" && run_pytest "$1" tests/chaos release -m "$2"
}

suite_chaos() {
    chaos_tests chaos 'not alone'
}

suite_alone() {
    chaos_tests alone alone
}

suite_bench() {
    packages_need "${packages_build[@]}" "${packages_server[@]}" || return
    build release bench && run_pytest bench tests/bench release -s
}

suite_scale() {
    packages_need "${packages_build[@]}" "${packages_server[@]}" lmdb-utils || return
    build release scale && LK_CHECK_TIMEOUT=${LK_CHECK_TIMEOUT:-14400} run_pytest scale tests/scale release -s
}

# Which lines the tests run: unit tests first, then the end-to-end tests on top. A daemon that a test kills leaves no counts.
suite_coverage() {
    local folder=$reports/coverage
    packages_need "${packages_build[@]}" "${packages_server[@]}" || return
    build coverage coverage || return
    find build/coverage -name '*.gcda' -delete
    run_ctest coverage coverage
    tests/check/coverage.py take build/coverage "$folder/unit.json" || return
    run_pytest coverage tests/e2e coverage -m 'not slow'
    tests/check/coverage.py take build/coverage "$folder/all.json" || return
    tests/check/coverage.py table "unit=$folder/unit.json" "unit and e2e=$folder/all.json" >"$folder/table" || return
    say_lines <"$folder/table"
}

# Looks for new inputs, LK_FUZZ_SECONDS for each target; what it learns stays in build/fuzz/corpus.
suite_fuzz() {
    local target name verdict log folder=$reports/fuzz
    packages_need "${packages_build[@]}" "${packages_clang[@]}" || return
    build fuzz fuzz || return
    : >"$folder/table"
    for target in build/fuzz/tests/fuzz/*_fuzz; do
        [[ -x $target ]] || continue
        name=${target##*/}
        name=${name%_fuzz}
        log=$folder/$name.log
        mkdir -p "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
        verdict=ok
        "$target" -max_total_time="${LK_FUZZ_SECONDS:-60}" -timeout=10 -artifact_prefix="$folder/$name-" \
            "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1 </dev/null || verdict=failed
        printf '%s\t%s\t%d\t%s\n' "$name" "$verdict" "${LK_FUZZ_SECONDS:-60}" "$log" >>"$folder/table"
        say "$name: $verdict, $(grep -c NEW "$log") new inputs"
        [[ $verdict == ok ]] || grep -E -A 12 'ERROR|runtime error|Test unit|Base64' "$log" | head -n 40 | say_lines
    done
    /usr/bin/python3 tests/check/results.py write fuzz "$folder/table" "$folder/junit.xml"
}
