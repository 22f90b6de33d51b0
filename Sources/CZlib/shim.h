#pragma once

#include <zlib.h>

// The initialisers are macros, which Swift does not import. Negative window bits ask for a raw stream (RFC 1951).
static inline int lambdaless_deflate_init(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY);
}
static inline int lambdaless_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, -window_bits);
}
