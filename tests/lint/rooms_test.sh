#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Plants one violation after the other in a small tree and sees rooms.awk find each, at its place, and nothing else.
set -euo pipefail

lint=$(cd "$(dirname "$0")" && pwd)/rooms.awk
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
failures=0

# A tree without fault.
plant_clean() {
    rm -rf src
    mkdir -p src/ground src/hall/pages src/roof
    printf '%s\n' '# a comment: not a room' \
        'ground:                  |' \
        'hall:    ground          | <door.h> <shared.h>' \
        'roof:    ground hall     | <shared.h>' >src/ROOMS
    printf '#include "ground/ground.h"\n#include <stdio.h>\n' >src/ground/ground.c
    printf '#include "ground/ground.h"\n#include "hall/hall_internal.h"\n#include <door.h>\n' >src/hall/hall.c
    printf '#include "hall/pages/page.h"\n#include <door.h>\n#include <shared.h>\n' >src/hall/pages/page.c
    printf '#include "hall/hall.h"\n#  include "ground/ground.h"\n#include <shared.h>\n' >src/roof/roof.c
}

# expect NAME TEXT: the lint prints exactly one line, it contains TEXT, and the exit status is 1. Empty TEXT: no line, 0.
expect() {
    local name=$1 text=$2 output status=0 lines
    output=$(find src -name '*.[ch]' -print0 | sort -z | xargs -0 awk -f "$lint" src/ROOMS) || status=$?
    lines=$(grep -c . <<<"$output" || true)
    if [[ -z $text && $status == 0 && $lines == 0 ]]; then
        echo "ok: $name"
    elif [[ -n $text && $status != 0 && $lines == 1 && $output == *"$text"* ]]; then
        echo "ok: $name"
    else
        echo "NOT OK: $name: expected '$text', got status $status and: $output"
        failures=$((failures + 1))
    fi
    plant_clean
}

plant_clean
expect 'a clean tree' ''
echo '#include "roof/roof.h"' >>src/hall/hall.c
expect 'looking up' 'src/hall/hall.c:4: hall/ may not include roof/roof.h'
echo '#include "roof/roof.h"' >>src/hall/pages/page.c
expect 'looking up from a subfolder' 'src/hall/pages/page.c:4: hall/ may not include roof/roof.h'
echo '	#	include	"hall/hall.h"' >>src/ground/ground.c
expect 'looking up, oddly spaced' 'src/ground/ground.c:3: ground/ may not include hall/hall.h'
echo '#include "hall/hall_internal.h"' >>src/roof/roof.c
expect 'a private header' 'src/roof/roof.c:4: hall/hall_internal.h is private to hall/'
echo '#include <door.h>' >>src/roof/roof.c
expect 'a system header of another room' 'src/roof/roof.c:4: only hall/ may include <door.h>'
echo '#include <shared.h>' >>src/ground/ground.c
expect 'a system header of two other rooms' 'src/ground/ground.c:3: only hall roof/ may include <shared.h>'
echo '#include "ground.h"' >>src/ground/ground.c
expect 'an include without its room' 'src/ground/ground.c:3: "ground.h" does not name its room'
echo '#include "../hall/hall.h"' >>src/roof/roof.c
expect 'a way instead of a room' 'src/roof/roof.c:4: an include names its room'
echo '#include "cellar/cellar.h"' >>src/roof/roof.c
expect 'a room that is not there' 'src/roof/roof.c:4: roof/ may not include cellar/cellar.h'
mkdir src/cellar
echo 'int cellar;' >src/cellar/cellar.c
expect 'a folder that is no room' 'src/cellar/cellar.c: cellar/ is no room of ROOMS'
sed -i 's/^ground:  /ground: roof/' src/ROOMS
expect 'a page that looks up' 'ROOMS:2: ground may not look up to roof'
echo 'hall: ground |' >>src/ROOMS
expect 'a room named twice' 'ROOMS:5: hall is named twice'

exit $((failures > 0))
