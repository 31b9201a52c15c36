// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_PEERS_GOOD_PEERS_H
#define TIMED_TESTS_LOAD_PEERS_GOOD_PEERS_H

#include <cstdint>

#include "tests/load/options.h"
#include "tests/load/shared_state.h"

namespace timed::tests::load {

/// Connects all good peers; then, until they have to end, makes requests at their planned times, on
/// one connection after the other, whether or not earlier ones have been answered (an open loop).
/// @throws std::exception if an answer is wrong or missing, or the server ends a connection.
void play_good_peers(const options& chosen, std::uint16_t port, good_state& state);

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_PEERS_GOOD_PEERS_H
