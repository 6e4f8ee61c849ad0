/* SPDX-License-Identifier: Apache-2.0 */
/* render_page TEMPLATE DATA.json [LANGUAGE [TEMPLATES]]: renders a template of $LATCHKEY_SHARE with the data of a file, to
 * standard output, so that a page or letter can be looked at without a daemon. "messages/KEY" renders a message. TEMPLATES is
 * an override folder. */
#include "base/cleanup.h"
#include "views/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_MOST  ((size_t) 1024 * 1024)
#define FAULT_MOST ((size_t) 256 * 1024)

static struct view_data *read_data(const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return NULL;
    char *bytes = malloc(DATA_MOST);
    const size_t len = bytes == NULL ? 0 : fread(bytes, 1, DATA_MOST, file);
    (void) fclose(file);
    struct view_data *data = view_data_parse(bytes, len);
    free(bytes);
    return data;
}

static enum lk_status render(const struct views *views, const char *name, const char *language,
                             const struct view_data *data, struct lk_text *text)
{
    static const char messages[] = "messages/";
    if (strncmp(name, messages, sizeof messages - 1) != 0)
        return views_render(views, name, language, data, text);
    views_message(views, name + sizeof messages - 1, language, data, text);
    return LK_OK;
}

static int run(const struct config *config, int count, char **words)
{
    LK_CLEANUP(view_data_cleanup) struct view_data *data = read_data(words[2]);
    if (data == NULL) {
        (void) fprintf(stderr, "%s: cannot be read, or is not JSON\n", words[2]);
        return 1;
    }
    const char *share = getenv("LATCHKEY_SHARE");
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(FAULT_MOST);
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(DATA_MOST);
    struct views *views = NULL;
    if (views_load(config, share == NULL ? LATCHKEY_SHARE : share, &views, &faults) != LK_OK) {
        (void) fputs(lk_text_string(&faults), stderr);
        return 1;
    }
    const char *language = views_language(views, count > 3 ? words[3] : NULL);
    const enum lk_status status = render(views, words[1], language, data, &text);
    views_free(views);
    if (status != LK_OK) {
        (void) fprintf(stderr, "%s: %s\n", words[1], lk_status_name(status));
        return 1;
    }
    return fwrite(lk_text_string(&text), 1, text.len, stdout) == text.len ? 0 : 1;
}

int main(int count, char **words)
{
    if (count < 3 || count > 5) {
        (void) fputs("usage: render_page TEMPLATE DATA.json [LANGUAGE [TEMPLATES]]\n", stderr);
        return 2;
    }
    struct config *config = config_defaults();
    if (count > 4)
        config->pages_templates = words[4];
    const int result = run(config, count, words);
    config_free(config);
    return result;
}
