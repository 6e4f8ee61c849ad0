/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over saved inputs, in builds without libFuzzer: every file named on the command line, and every
 * regular file directly inside each folder named. The empty input is always run first, so a target whose corpus is
 * still missing is run at least once. A folder that does not exist is no failure; a file that cannot be read is.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input lies in a block of exactly its own size, so that a sanitizer sees a read one byte past its end. */
static int replay_stream(FILE *stream, size_t size)
{
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL) {
        return -1;
    }
    int result = -1;
    if (fread(data, 1, size, stream) == size) {
        (void) LLVMFuzzerTestOneInput(data, size);
        result = 0;
    }
    free(data);
    return result;
}

static int replay_file(const char *path, off_t size)
{
    FILE *stream = fopen(path, "rbe");
    if (stream == NULL) {
        perror(path);
        return -1;
    }
    int result = replay_stream(stream, (size_t) size);
    if (result != 0) {
        (void) fprintf(stderr, "%s: cannot be read\n", path);
    }
    (void) fclose(stream);
    return result;
}

/* Adds what it ran to *count. */
static int replay_folder(const char *folder, unsigned *count)
{
    struct dirent **entries = NULL;
    int length = scandir(folder, &entries, NULL, alphasort);
    int result = 0;
    for (int i = 0; i < length; i++) {
        char *path = NULL;
        struct stat about;
        if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0) {
            path = NULL;
            result = -1;
        } else if (stat(path, &about) == 0 && S_ISREG(about.st_mode)) {
            result |= replay_file(path, about.st_size);
            *count += 1;
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return result;
}

static int replay(const char *path, unsigned *count)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        if (errno == ENOENT) {
            (void) printf("%s: not there, nothing to replay\n", path);
            return 0;
        }
        perror(path);
        return -1;
    }
    if (S_ISDIR(about.st_mode)) {
        return replay_folder(path, count);
    }
    *count += 1;
    return replay_file(path, about.st_size);
}

int main(int argc, char **argv)
{
    static const uint8_t nothing[1] = { 0 };
    (void) LLVMFuzzerTestOneInput(nothing, 0);
    unsigned count = 0;
    int result = 0;
    for (int i = 1; i < argc; i++) {
        result |= replay(argv[i], &count);
    }
    (void) printf("replayed %u inputs\n", count);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
