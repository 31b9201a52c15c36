// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_MIXED_POSTS_THROUGH_PLAIN_ASIO_H
#define TIMED_TESTS_MIXED_POSTS_THROUGH_PLAIN_ASIO_H

/// Runs a context of its own, and a handler on it: the least that one can do with Asio, and all of
/// it by functions that both of Asio's builds have, so that the linker is content with either.
/// @return 42.
int post_through_plain_asio();

#endif  // TIMED_TESTS_MIXED_POSTS_THROUGH_PLAIN_ASIO_H
