/* SPDX-License-Identifier: Apache-2.0 */
/* hello PORT THREADS - a bare libmicrohttpd that says hello, with as many threads as the daemon has for connections: what an
 * answer costs at the very least. Ends when its standard input does. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct MHD_Response *answer;

static enum MHD_Result say_hello(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *upload, size_t *upload_size, void **state)
{
    (void) context, (void) url, (void) method, (void) version, (void) upload, (void) upload_size;
    static int seen;
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, answer);
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t) atoi(arguments[1])) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    static char words[] = "hello";
    answer = MHD_create_response_from_buffer(strlen(words), words, MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, say_hello, NULL, MHD_OPTION_SOCK_ADDR,
                         (struct sockaddr *) &address, MHD_OPTION_THREAD_POOL_SIZE, (unsigned) atoi(arguments[2]),
                         MHD_OPTION_CONNECTION_LIMIT, 4096U, MHD_OPTION_END);
    if (daemon == NULL)
        return 1;
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    MHD_stop_daemon(daemon);
    MHD_destroy_response(answer);
    return 0;
}
