/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fatal.h"
#include "views/template_internal.h"

#include <stdlib.h>
#include <string.h>

uint32_t template_find(const struct template_source *sources, size_t count, const char *name, size_t len)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        int order = strncmp(sources[middle].name, name, len);
        if (order == 0)
            order = sources[middle].name[len] == '\0' ? 0 : 1;
        if (order == 0)
            return (uint32_t) middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT32_MAX;
}

/* How many templates a rendering that starts with each may be inside of. One that is in a circle never comes to rest, and
 * passes the bound as one that nests too deep does. */
void template_check_calls(const struct template_loader *loader)
{
    unsigned *depths = calloc(loader->source_count + 1, sizeof *depths);
    if (depths == NULL)
        lk_fatal("out of memory");
    for (unsigned round = 0; round <= TEMPLATE_PARTIALS; round++)
        for (size_t i = 0; i < loader->calls.count; i++) {
            const struct template_call *call = &loader->calls.items[i];
            if (depths[call->from] < depths[call->to] + 1)
                depths[call->from] = depths[call->to] + 1;
        }
    for (size_t i = 0; i < loader->calls.count; i++) {
        const struct template_call *call = &loader->calls.items[i];
        if (depths[call->to] + 1 > TEMPLATE_PARTIALS)
            lk_text_format(
                loader->faults, "%s:%u: {{>%s}}: templates within each other go round in a circle, or deeper than %d\n",
                loader->sources[call->from].path, call->line, loader->sources[call->to].name, TEMPLATE_PARTIALS);
    }
    free(depths);
}
