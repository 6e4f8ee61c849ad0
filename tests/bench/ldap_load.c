/* SPDX-License-Identifier: Apache-2.0 */
/* ldap_load URI CONNECTIONS FILE
 *
 * Straight through libldap, as little as can be: each line of FILE once, over that many connections (a thread each).
 *   redeem TAB DN TAB TOKEN TAB ACCOUNT   the Modify that a redemption is
 *   bind TAB DN TAB PASSWORD              a simple bind
 * Prints one JSON line: {"operations":…,"seconds":…,"per_second":…,"failed":…}. */
#include <ldap.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct operation {
    char *verb, *dn, *value, *account;
};

static struct operation *operations;
static size_t operation_count;
static atomic_size_t next_operation, failed;
static const char *uri;
static pthread_barrier_t ready;

static double now(void)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    return (double) when.tv_sec + (double) when.tv_nsec * 1e-9;
}

static LDAP *open_connection(int as_service)
{
    LDAP *ldap = NULL;
    int version = LDAP_VERSION3;
    struct berval nothing = { 0, "" };
    if (ldap_initialize(&ldap, uri) != LDAP_SUCCESS)
        exit(1);
    ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
    if (as_service && ldap_sasl_bind_s(ldap, NULL, "EXTERNAL", &nothing, NULL, NULL, NULL) != LDAP_SUCCESS) {
        fprintf(stderr, "ldap_load: EXTERNAL bind failed\n");
        exit(1);
    }
    return ldap;
}

/* The same three changes that the daemon makes. */
static int redeem(LDAP *ldap, const struct operation *operation)
{
    char *token[] = { operation->value, NULL }, *account[] = { operation->account, NULL };
    LDAPMod spend = { .mod_op = LDAP_MOD_DELETE, .mod_type = "lkToken", .mod_values = token };
    LDAPMod others = { .mod_op = LDAP_MOD_REPLACE, .mod_type = "lkToken", .mod_values = NULL };
    LDAPMod tie = { .mod_op = LDAP_MOD_REPLACE, .mod_type = "lkAccountDN", .mod_values = account };
    LDAPMod *changes[] = { &spend, &others, &tie, NULL };
    return ldap_modify_ext_s(ldap, operation->dn, changes, NULL, NULL);
}

static int bind_once(LDAP *ldap, const struct operation *operation)
{
    struct berval password = { strlen(operation->value), operation->value };
    return ldap_sasl_bind_s(ldap, operation->dn, LDAP_SASL_SIMPLE, &password, NULL, NULL, NULL);
}

static void *work(void *context)
{
    (void) context;
    int binds = strcmp(operations[0].verb, "bind") == 0;
    LDAP *ldap = open_connection(!binds);
    pthread_barrier_wait(&ready);
    for (size_t i = next_operation++; i < operation_count; i = next_operation++)
        if ((binds ? bind_once(ldap, &operations[i]) : redeem(ldap, &operations[i])) != LDAP_SUCCESS)
            failed++;
    ldap_unbind_ext_s(ldap, NULL, NULL);
    return NULL;
}

static void read_operations(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0, most = 0;
    if (file == NULL)
        exit(1);
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (operation_count == most) {
            most = most ? most * 2 : 256;
            operations = realloc(operations, most * sizeof *operations);
            if (operations == NULL)
                exit(1);
        }
        char *rest = NULL;
        struct operation *operation = &operations[operation_count++];
        operation->verb = strdup(strtok_r(line, "\t", &rest));
        operation->dn = strdup(strtok_r(NULL, "\t", &rest));
        operation->value = strdup(strtok_r(NULL, "\t", &rest));
        char *account = strtok_r(NULL, "\t", &rest);
        operation->account = account != NULL ? strdup(account) : NULL;
    }
    free(line);
    fclose(file);
}

int main(int count, char **arguments)
{
    if (count != 4)
        return 2;
    uri = arguments[1];
    unsigned connections = (unsigned) atoi(arguments[2]);
    read_operations(arguments[3]);
    pthread_t threads[256];
    if (connections == 0 || connections > 256 || operation_count == 0)
        return 2;
    pthread_barrier_init(&ready, NULL, connections + 1);
    for (unsigned i = 0; i < connections; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    pthread_barrier_wait(&ready);
    double began = now();
    for (unsigned i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    double took = now() - began;
    printf("{\"operations\":%zu,\"seconds\":%.4f,\"per_second\":%.1f,\"failed\":%zu}\n", operation_count, took,
           (double) operation_count / took, (size_t) failed);
    return 0;
}
