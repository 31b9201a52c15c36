// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// `TIMED_ADDRESS_SANITIZER`, `TIMED_THREAD_SANITIZER`: 1 if the file is compiled with that
/// sanitizer, and 0 if not. GCC defines macros for them; older versions of Clang have features
/// only.

#ifndef TIMED_DETAIL_SANITIZERS_H
#define TIMED_DETAIL_SANITIZERS_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TIMED_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define TIMED_THREAD_SANITIZER 1
#endif
#endif

#if !defined(TIMED_ADDRESS_SANITIZER)
#if defined(__SANITIZE_ADDRESS__)
#define TIMED_ADDRESS_SANITIZER 1
#else
#define TIMED_ADDRESS_SANITIZER 0
#endif
#endif

#if !defined(TIMED_THREAD_SANITIZER)
#if defined(__SANITIZE_THREAD__)
#define TIMED_THREAD_SANITIZER 1
#else
#define TIMED_THREAD_SANITIZER 0
#endif
#endif

#endif  // TIMED_DETAIL_SANITIZERS_H
