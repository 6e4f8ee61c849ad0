/* SPDX-License-Identifier: Apache-2.0 */
/* views/qr.h - a QR code as data for a template, which draws it as SVG: nothing to be loaded, no style needed.
 *
 * Threads: any. */
#ifndef LATCHKEY_VIEWS_QR_H
#define LATCHKEY_VIEWS_QR_H

#include "views/data.h"

/* {size, path}: the side in squares, the quiet zone of four included, and the dark squares as the `d` of an SVG path. NULL
 * where the text does not fit (about 2,300 bytes). */
struct view_data *view_qr(const char *text);

#endif
