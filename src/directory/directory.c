/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/directory.h"

#include "base/fatal.h"
#include "directory/connection_internal.h"

#include <stddef.h>
#include <stdlib.h>

struct directory *directory_new(const struct config *config)
{
    struct directory *directory = calloc(1, sizeof *directory);
    if (directory == NULL)
        lk_fatal("out of memory");
    connection_init(&directory->own, config, CONNECTION_DAEMON);
    connection_init(&directory->passwords, config, CONNECTION_NOBODY);
    return directory;
}

struct directory *directory_new_as(const struct config *config, const struct directory_identity *identity)
{
    struct directory *directory = directory_new(config);
    directory->own.who = identity;
    return directory;
}

void directory_preview(struct directory *directory, void (*tell)(void *context, const char *ldif), void *context)
{
    directory->preview = tell;
    directory->preview_context = context;
}

void directory_free(struct directory *directory)
{
    if (directory == NULL)
        return;
    connection_close(&directory->own);
    connection_close(&directory->passwords);
    free(directory->actor_text);
    free(directory);
}

void directory_cleanup(struct directory **directory)
{
    directory_free(*directory);
    *directory = NULL;
}

enum lk_status directory_ready(struct directory *directory, struct lk_trouble *trouble)
{
    return connection_ready(&directory->own, connection_deadline(&directory->own), trouble);
}

bool directory_has_session(const struct directory *directory)
{
    return directory->own.ldap != NULL;
}
