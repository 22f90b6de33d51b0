#pragma once

#include <stdlib.h>

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)

#include <malloc.h>

// The Glibc module of Swift has no <malloc.h>. Bytes of all blocks that are given out, on all heaps or mapped one by one.
static inline long lambdaless_allocated_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return (long)(info.uordblks + info.hblkhd);
}

#else

// This allocator does not tell.
static inline long lambdaless_allocated_bytes(void) { return -1; }

#endif
