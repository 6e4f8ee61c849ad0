/* SPDX-License-Identifier: Apache-2.0 */
#include "views/qr.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <qrencode.h>

#define QUIET     4
#define PATH_MOST ((size_t) 512 * 1024)

static void cleanup_code(QRcode **code)
{
    if (*code != NULL)
        QRcode_free(*code);
}

/* Each run of dark squares in a row is one rectangle. */
static void write_path(const QRcode *code, struct lk_text *path)
{
    for (int y = 0; y < code->width; y++) {
        const unsigned char *row = code->data + (size_t) y * (size_t) code->width;
        for (int x = 0; x < code->width;) {
            int end = x;
            while (end < code->width && (row[end] & 1) != 0)
                end++;
            if (end > x)
                lk_text_format(path, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
            x = end + 1;
        }
    }
}

struct view_data *view_qr(const char *text)
{
    struct lk_text path LK_CLEANUP(lk_text_done) = LK_TEXT(PATH_MOST);
    QRcode *code LK_CLEANUP(cleanup_code) = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return NULL;
    write_path(code, &path);
    struct view_data *data = view_object();
    view_number(data, "size", code->width + 2 * QUIET);
    view_text(data, "path", lk_text_string(&path));
    return data;
}
