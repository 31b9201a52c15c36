// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_ALWAYS_INLINE_H
#define TIMED_DETAIL_ALWAYS_INLINE_H

#include "timed/detail/requires_cxx20.h"

// Has a function inlined whatever the compiler's limits say. Without optimisation there is nothing
// to gain, and compiling an operation would take an eighth longer.
#if defined(__OPTIMIZE__)
#define TIMED_ALWAYS_INLINE [[gnu::always_inline]]
#else
#define TIMED_ALWAYS_INLINE
#endif

#endif  // TIMED_DETAIL_ALWAYS_INLINE_H
