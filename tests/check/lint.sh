# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Read by ./check, which sets or uses what shellcheck sees only half of here.
# shellcheck disable=SC2034,SC2154
#
# The suite "lint": each linter is a function lint_<name> that prints what it found and returns nonzero if it found
# something; each counts as one test. A linter that has nothing to look at says so and passes.

linters=(format rooms rooms_test results_test docs docs_test licence paths catalogues shell python manual cppcheck tidy analyzer)

# tracked PATTERN...: files that belong to the project, NUL-separated; also in a tree unpacked without its history.
tracked() {
    if git -C "$top" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard -- "$@" | while IFS= read -r -d '' file; do
            [[ ! -f $file ]] || printf '%s\0' "$file"
        done
    else
        local pattern
        for pattern in "$@"; do
            find . -path ./build -prune -o -type f -path "./${pattern#./}" -printf '%P\0'
        done
    fi
}

# over COMMAND ARGUMENT...: runs it over the NUL-separated files on standard input; fine if there are none.
over() {
    xargs -0 -r "$@"
}

# nothing_in OUTPUT: passes if it is empty, else shows it. The output and not the exit status is asked, because of what a
# pipe through xargs makes of that.
nothing_in() {
    [[ -z $1 ]] || {
        printf '%s\n' "$1"
        return 1
    }
}

# The places are enough (or that it died, as it does of some tables); clang-format-14 -i mends them.
lint_format() {
    nothing_in "$(tracked '*.c' '*.h' | over clang-format-14 --dry-run --Werror 2>&1 | grep -E ': error:|Stack dump|xargs:')"
}

lint_rooms() {
    find src -name '*.[ch]' -print0 | sort -z | over awk -f tests/lint/rooms.awk src/ROOMS
}

lint_rooms_test() {
    tests/lint/rooms_test.sh
}

lint_results_test() {
    tests/check/results_test.py
}

lint_docs() {
    tests/lint/docs.py
}

lint_docs_test() {
    tests/lint/docs_test.py
}

# The licence is named in the first lines of every source file.
lint_licence() {
    local file bad=0
    while IFS= read -r -d '' file; do
        if [[ -s $file && $(head -n 3 "$file") != *'SPDX-License-Identifier: Apache-2.0'* ]]; then
            echo "$file: no SPDX line"
            bad=1
        fi
    done < <(tracked '*.c' '*.h' '*.py' '*.sh' '*.awk' '*.cmake')
    return "$bad"
}

# Nothing that is committed knows the machine it was written on.
lint_paths() {
    nothing_in "$(tracked '*' | over grep -nIE '/wor[k]/[a-z]|/home/[a-z]+/[a-z]|/bash_job[s]')" || return
    [[ ${#top} -lt 6 ]] || nothing_in "$(tracked '*' | over grep -nIF -- "$top/")"
}

lint_catalogues() {
    local file bad=0
    while IFS= read -r -d '' file; do
        echo "$file"
        msgfmt --check --statistics -o /dev/null "$file" || bad=1
    done < <(tracked 'src/views/po/*.po')
    src/views/po/extract --check || bad=1
    return "$bad"
}

lint_shell() {
    local file
    tracked '*' | while IFS= read -r -d '' file; do
        case $(head -c 64 "$file" | head -n 1 | tr -d '\0') in
        '#!'*/bash* | '#!'*/sh* | '#!'*'env bash'*) printf '%s\0' "$file" ;;
        *) [[ $file != *.sh ]] || printf '%s\0' "$file" ;;
        esac
    done | over shellcheck -x
}

lint_python() {
    tracked '*.py' | over /usr/bin/python3 -m pyflakes
}

lint_manual() {
    local page bad=0 output
    while IFS= read -r -d '' page; do
        output=$(groff -man -ww -Tutf8 -z "$page" 2>&1) || bad=1
        [[ -z $output ]] || { echo "$output"; bad=1; }
        mandoc -T lint -W warning "$page" || bad=1
    done < <(tracked 'docs/man/*.[158]')
    return "$bad"
}

lint_cppcheck() {
    local folder=build/cppcheck
    mkdir -p "$folder"
    cppcheck --quiet --enable=warning,style,performance,portability --std=c11 --library=posix --library=tests/lint/cppcheck.cfg --inline-suppr \
        --error-exitcode=1 --suppressions-list=tests/lint/cppcheck.suppressions --cppcheck-build-dir="$folder" \
        -D_GNU_SOURCE -DLATCHKEY_VERSION='"0"' -DLATCHKEY_SHARE='"/"' -I src -j 2 src
}

# The compile commands; what it says is of interest only if it fails.
configure_quietly() {
    local output
    output=$(configure "$1" 2>&1) || {
        echo "$output"
        return 1
    }
}

lint_tidy() {
    configure_quietly asan && tests/lint/each_file.py tidy build/asan/compile_commands.json build/tidy
}

lint_analyzer() {
    configure_quietly release && tests/lint/each_file.py analyzer build/release/compile_commands.json build/analyzer
}

suite_lint() {
    local folder=$reports/lint name log verdict begin
    packages_need "${packages_build[@]}" "${packages_clang[@]}" "${packages_lint[@]}" || return
    : >"$folder/table"
    for name in "${linters[@]}"; do
        log=$folder/$name.log
        begin=$SECONDS
        verdict=ok
        "lint_$name" >"$log" 2>&1 </dev/null || verdict=failed
        printf '%s\t%s\t%d\t%s\n' "$name" "$verdict" $((SECONDS - begin)) "$log" >>"$folder/table"
        say "$name: $verdict ($((SECONDS - begin)) s)"
        [[ $verdict == ok ]] || grep -v ': clean$' "$log" | head -n 80 | say_lines
    done
    /usr/bin/python3 tests/check/results.py write lint "$folder/table" "$folder/junit.xml"
}
