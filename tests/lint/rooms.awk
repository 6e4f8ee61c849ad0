# SPDX-License-Identifier: Apache-2.0
#
# Holds the tree to src/ROOMS: who may include whom, and which system headers belong to one room.
#
#     awk -f tests/lint/rooms.awk src/ROOMS $(find src -name '*.[ch]')
#
# Prints one line for each violation and exits 1 if there was one. A file belongs to the folder right beneath src/, so
# src/web/pages/home.c is in room web. Private headers end in _internal.h and stay in their room.

function complain(text) {
    print text
    bad = 1
}

function where() {
    return FILENAME ":" FNR ": "
}

# The page itself comes first; every room it lets another see must already have been named.
FNR == NR {
    sub(/#.*/, "")
    if ($0 !~ /:/) next
    split($0, half, "|")
    colon = index(half[1], ":")
    room = substr(half[1], 1, colon - 1)
    gsub(/[ \t]/, "", room)
    if (room in known) complain("ROOMS:" FNR ": " room " is named twice")
    count = split(substr(half[1], colon + 1), names, /[ \t]+/)
    for (i = 1; i <= count; i++) {
        if (names[i] == "") continue
        if (!(names[i] in known)) complain("ROOMS:" FNR ": " room " may not look up to " names[i])
        sees[room, names[i]] = 1
    }
    known[room] = 1
    sees[room, room] = 1
    count = split(half[2], names, /[ \t]+/)
    for (i = 1; i <= count; i++) {
        if (names[i] != "") owners[names[i]] = owners[names[i]] " " room
    }
    next
}

FNR == 1 {
    path = FILENAME
    if (!sub(/^.*\/src\//, "", path)) sub(/^src\//, "", path)
    here = path
    sub(/\/.*/, "", here)
    if (!(here in known)) complain(FILENAME ": " here "/ is no room of ROOMS")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    there = quoted[2]
    if (there !~ /\//) {
        complain(where() "\"" there "\" does not name its room: \"" here "/" there "\"")
        next
    }
    sub(/\/.*/, "", there)
    if (there == "..") complain(where() "an include names its room, not a way there: " quoted[2])
    else if (!((here, there) in sees)) complain(where() here "/ may not include " quoted[2])
    else if (there != here && quoted[2] ~ /_internal\.h$/) complain(where() quoted[2] " is private to " there "/")
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    if (!match($0, /<[^>]+>/)) next
    header = substr($0, RSTART, RLENGTH)
    if (header in owners && index(owners[header] " ", " " here " ") == 0) {
        complain(where() "only" owners[header] "/ may include " header)
    }
}

END {
    exit bad
}
